"""Benchmarks: figures as ratios to references measured in the same run, interleaved. Not part of `make test`."""
