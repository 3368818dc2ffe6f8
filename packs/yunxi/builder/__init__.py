"""The parts of the generator of the Yunxi demo district; `packs/yunxi/build.py` puts them together."""
