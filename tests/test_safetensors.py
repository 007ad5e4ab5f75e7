"""The streamed safetensors layout against the reference library."""

import json

import numpy as np
import pytest
from polyvocab.errors import FormatError
from polyvocab.formats.safetensors import Writer, load_arrays, map_rows, read_header, save_arrays
from safetensors.numpy import load_file, save_file

ARRAYS = {
    "weights": np.arange(12, dtype=np.float32).reshape(3, 4),
    "indices": np.arange(5, dtype=np.int64),
    "empty": np.zeros((0, 7), np.float32),
    "bytes": np.arange(3, dtype=np.uint8),
}


def test_the_reference_library_reads_what_is_written(tmp_path):
    save_arrays(tmp_path / "a", ARRAYS)
    for arrays in (load_file(tmp_path / "a"), load_arrays(tmp_path / "a")):
        assert arrays.keys() == ARRAYS.keys()
        assert all(np.array_equal(arrays[k], v) and arrays[k].dtype == v.dtype for k, v in ARRAYS.items())


def test_what_the_reference_library_writes_is_read(tmp_path):
    save_file(ARRAYS, tmp_path / "a", {"format": "np"})
    tensors, metadata = read_header(tmp_path / "a")
    assert metadata == {"format": "np"} and tensors["weights"].shape == (3, 4)
    rows = map_rows(tmp_path / "a", tensors["weights"])
    assert np.array_equal(np.ascontiguousarray(rows).view(np.float32), ARRAYS["weights"])
    assert map_rows(tmp_path / "a", tensors["empty"]).shape == (0, 0)


@pytest.mark.parametrize("size", [0, 4, 20, -1])
def test_a_file_that_is_cut_off_is_refused(tmp_path, size):
    save_file(ARRAYS, tmp_path / "a")
    data = (tmp_path / "a").read_bytes()
    (tmp_path / "a").write_bytes(data[:size])
    with pytest.raises(FormatError, match="cut off"):
        read_header(tmp_path / "a")


def test_a_header_that_lies_is_refused(tmp_path):
    header = json.dumps({"x": {"dtype": "F32", "shape": [3], "data_offsets": [0, 8]}}).encode()
    (tmp_path / "a").write_bytes(len(header).to_bytes(8, "little") + header + bytes(8))
    with pytest.raises(FormatError, match=r"tensor 'x': 8 bytes do not hold \(3,\) of F32"):
        read_header(tmp_path / "a")


def test_bytes_that_were_declared_must_be_written(tmp_path):
    with (
        pytest.raises(FormatError, match="4 declared bytes were not written"),
        Writer(tmp_path / "a", {"x": ("F32", (2,), 8)}, None) as writer,
    ):
        writer.write(bytes(4))
