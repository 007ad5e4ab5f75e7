"""Encoding, ours against every installed library, on the same texts in one run, with the ids compared.

    tools/make_bench_env.sh
    python bench/bench_encode.py                           all tokenizers and texts, short documents, 1 thread
    python bench/bench_encode.py --quick                   2 MB of each text, one round
    python bench/bench_encode.py --tokenizers o200k --texts english --documents short,long --threads 1,2

Every measurement is a process of its own, and they run one after the other: for one tokenizer and one text all libraries, then
all again for the next round, so that a slow phase of the machine meets all alike. *cold* is the first pass over the text in a
fresh process, after loading and one tiny call; *warm* the best of further passes over the same text. The best round counts.
Before each, a child process writes to a gibibyte of memory, so that no library waits for what the host of a virtual machine
took back. One thread is timed by the CPU time of the process, more by the wall clock; the other is shown where it differs.

Slow libraries encode the beginning of the text, as the column `MB` says; the texts are mixed evenly, so that a beginning is a
fair sample. A library is *exact* where the ids of all its documents, in the first and the last pass, are those of tokenizers
0.23.3; only such a library can be the fastest exact one. Its ids are also compared with those of the library that the file it
loads was made for (sentencepiece, tiktoken).
"""

from encode_runs import main

if __name__ == "__main__":
    main("encode", __doc__)
