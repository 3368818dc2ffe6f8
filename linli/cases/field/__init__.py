"""The field app's server side: its shell, its service worker, and the few addresses it exchanges work by."""
