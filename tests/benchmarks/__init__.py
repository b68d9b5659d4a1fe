"""Benchmarks, run apart from the tests; figures are ratios within one run wherever they can be.

    pip install -e '.[bench,test]'
    python -m tests.benchmarks                # all of them, about half an hour
    python -m tests.benchmarks city           # one: city, events, exactness, hotline, memory, ...

Rounds of what is compared are interleaved, and the smallest, middle and largest value is printed, since times on a
shared machine drift by a factor of two. `city` and `hotline` need the extra `bench` (numba); their first use compiles
for a minute.
"""
