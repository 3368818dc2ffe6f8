"""The mathematics of Linli: arrays and plain data in, arrays and plain data out.

Nothing here knows Django, a database or another module of Linli; so every method can be read, tried and trusted by itself.
The same seed and the same input give the same answer. What takes long takes `progress` (see `running`), which also cancels.
Bad input raises `BadInput`, which names what is wrong. Each file opens with the problem, the principle, shapes, units,
complexity and source; a page about each stands in `docs/reference/methods/`.
"""
