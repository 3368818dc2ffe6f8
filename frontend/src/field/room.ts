/** Room on the phone: asked to be kept for good, and watched. */
export type Room = { used: number; share: number; isKept: boolean };
export const FULL_FROM = 0.8;

export async function room(): Promise<Room> {
  const storage = navigator.storage as StorageManager | undefined;
  if (!storage?.estimate) return { used: 0, share: 0, isKept: false };
  const { usage = 0, quota = 0 } = await storage.estimate();
  return { used: usage, share: quota ? usage / quota : 0, isKept: (await storage.persisted?.()) ?? false };
}

export async function askToKeep(): Promise<void> {
  const storage = navigator.storage as StorageManager | undefined;
  if (storage?.persist && !(await storage.persisted())) await storage.persist();
}
