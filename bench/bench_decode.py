"""Decoding, ours against every installed library: ids back to text, with the texts compared.

    tools/make_bench_env.sh
    python bench/bench_decode.py --tokenizers gpt2,o200k --texts english,multilingual

Processes, rounds, clocks and columns are those of `bench_encode.py`. Every library decodes the ids that it made of the text
itself, in the form that its `decode` takes (lists of Python integers, or arrays), made before the clock starts; the megabytes
are those of the decoded text. Some libraries return bytes, the others `str`.
"""

from encode_runs import main

if __name__ == "__main__":
    main("decode", __doc__)
