"""Progress of long work, and how it is stopped."""

from __future__ import annotations

from collections.abc import Callable

from linli.methods.errors import Cancelled

# Called with the share that is done (0 to 1). Answering False stops the work: the method raises `Cancelled`.
Progress = Callable[[float], "bool | None"]


def tell(progress: Progress | None, share: float) -> None:
    """Tell `progress` (if there is one) how far the work is; raises `Cancelled` when it answers False."""
    if progress is not None and progress(min(max(share, 0.0), 1.0)) is False:
        raise Cancelled


def bar(title: str) -> Progress:
    """A progress bar on the error output, for commands."""
    from tqdm import tqdm

    shown = tqdm(total=100, desc=title, unit="%", bar_format="{desc}: {percentage:3.0f}% |{bar}| {elapsed}", leave=False)

    def show(share: float) -> None:
        shown.update(round(share * 100) - shown.n)
        if share >= 1:
            shown.close()

    return show
