#!/usr/bin/env python3
"""Writes Parquet files with pyarrow, Polars and DuckDB, and beside each what pyarrow reads from it.

    write_tables.py random FOLDER COUNT SEED    files over types, encodings, codecs, pages, nulls
    write_tables.py fixtures FOLDER             the small files that the tests keep

Beside `x.parquet` stands `x.json`: for every column the texts that pandas' CSV shows (a missing value is
empty) and, where a column can be read as numbers, these; "refused" where one of them is no finite number
that a double holds exactly.
"""
import csv
import datetime
import decimal
import io
import json
import random
import sys
import uuid
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

try:
    import polars
except ImportError:
    polars = None
try:
    import duckdb
except ImportError:
    duckdb = None


def shortest(value):
    """The fewest digits of a 32-bit float, laid out as a double's are."""
    if np.isnan(value):
        return ""
    return repr(float(np.format_float_scientific(np.float32(value), unique=True)))


def timestamps(column):
    """Texts of a timestamp column as pandas' CSV has them."""
    text = io.StringIO()
    column.to_pandas().to_frame("x").to_csv(text, index=False)
    rows = list(csv.reader(io.StringIO(text.getvalue())))[1:]
    return [row[0] if row else "" for row in rows]


def clock(nanoseconds):
    seconds, rest = divmod(nanoseconds, 10**9)
    text = f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
    if rest:
        text += f".{rest // 1000:06}" if rest % 1000 == 0 else f".{rest:09}"
    return text


def numbers(values):
    """Doubles as texts that mean them exactly, or "refused"."""
    result = []
    for value in values:
        if value is None:
            result.append(None)
            continue
        number = float(value)
        if not np.isfinite(number) or (isinstance(value, int) and int(number) != value):
            return "refused"
        result.append(repr(number))
    return result


def expected(column):
    """(texts, numbers) of a column; numbers are None where it holds none."""
    kind = column.type
    if isinstance(kind, pa.BaseExtensionType):
        if str(kind).startswith("extension<arrow.uuid"):
            return ["" if v is None else str(v) for v in column.to_pylist()], None
        return expected(pa.chunked_array([c.storage for c in column.chunks], kind.storage_type))
    if pa.types.is_dictionary(kind):
        return expected(column.cast(kind.value_type))
    if pa.types.is_timestamp(kind):
        return timestamps(column), None
    if pa.types.is_time(kind):
        unit = {"s": 10**9, "ms": 10**6, "us": 10**3, "ns": 1}[kind.unit]
        integers = column.cast(pa.int32() if kind.bit_width == 32 else pa.int64()).to_pylist()
        return ["" if v is None else clock(v * unit) for v in integers], None
    values = column.to_pylist()
    if pa.types.is_boolean(kind):
        return ["" if v is None else str(v) for v in values], numbers(values)
    if pa.types.is_integer(kind):
        return ["" if v is None else str(v) for v in values], numbers(values)
    if pa.types.is_float64(kind):
        return ["" if v is None or v != v else repr(v) for v in values], numbers(values)
    if pa.types.is_floating(kind):
        return ["" if v is None else shortest(v) for v in values], numbers(values)
    if pa.types.is_decimal(kind):
        texts = ["" if v is None else format(v, "f") for v in values]
        whole = [v if v is None or kind.scale > 0 else int(v) for v in values]
        return texts, numbers(whole)
    if pa.types.is_date(kind):
        return ["" if v is None else v.isoformat() for v in values], None
    if pa.types.is_null(kind):
        return ["" for _ in values], [None for _ in values]
    texts = ["" if v is None else v.decode() if isinstance(v, bytes) else v for v in values]
    return texts, None


def describe(path, how):
    """Writes what pyarrow reads beside the file."""
    table = pq.ParquetFile(path).read()
    columns = []
    for name in table.column_names:
        column = table.column(name)
        if pa.types.is_nested(column.type) and not pa.types.is_dictionary(column.type):
            columns.append({"name": name, "nested": True})
            continue
        texts, values = expected(column)
        columns.append({"name": name, "type": str(column.type), "texts": texts, "numbers": values})
    described = {"how": how, "rows": table.num_rows, "columns": columns}
    Path(path).with_suffix(".json").write_text(json.dumps(described, ensure_ascii=False))


WORDS = ["north", "south", "gateway, old", "", "é", "é", "age<25 & \"x\"", "日本", "a\nb", "phone-low"]


def value(kind, r, few):
    """A random value; one of a few where `few`."""
    if few is not None:
        r = random.Random(f"{few}/{kind}/{r.randrange(6)}")
    if pa.types.is_boolean(kind):
        return r.random() < 0.3
    if pa.types.is_integer(kind):
        low, high = {
            "int8": (-128, 127), "int16": (-32768, 32767), "int32": (-(2**31), 2**31 - 1),
            "int64": (-(2**53), 2**53), "uint8": (0, 255), "uint16": (0, 65535),
            "uint32": (0, 2**32 - 1), "uint64": (0, 2**53)}[str(kind)]
        choice = r.randrange(20)
        if choice == 0:
            return high
        if choice == 1:
            return low
        if choice < 10:
            return r.randrange(max(low, -5), 5)
        if choice == 10 and r.random() < 0.01 and "64" in str(kind):
            return 2**63 - 1 if str(kind) == "int64" else 2**64 - r.randrange(1, 99)
        return r.randint(low, high)
    if pa.types.is_floating(kind):
        if r.random() < 0.002:
            return r.choice([float("nan"), float("inf"), float("-inf")])
        pick = r.choice([r.random(), r.gauss(0, 1), r.randrange(-9, 9) / 2, -0.0,
                         r.random() * 10 ** r.randrange(-30, 30), float(r.randrange(10**9))])
        return pick if pa.types.is_float64(kind) else (
            np.float32(pick) if pa.types.is_float32(kind) else np.float16(pick % 1000))
    if pa.types.is_decimal(kind):
        digits = r.randrange(10 ** r.randrange(1, kind.precision + 1))
        return decimal.Decimal(digits * r.choice([1, -1])).scaleb(
            -kind.scale, decimal.Context(prec=80))
    if pa.types.is_date(kind):
        return datetime.date(1900, 1, 1) + datetime.timedelta(days=r.randrange(80000))
    if pa.types.is_time(kind):
        top = 86400 * {"ms": 10**3, "us": 10**6, "ns": 10**9}[kind.unit]
        return r.randrange(top) // 1000 * 1000 if few else r.randrange(top)
    if pa.types.is_timestamp(kind):
        per = {"ms": 10**3, "us": 10**6, "ns": 10**9}[kind.unit]
        seconds = r.randrange(-(2**31), 2**32)
        return seconds // 86400 * 86400 * per if few == "days" else (
            seconds * per if few else seconds * per + r.randrange(per))
    if isinstance(kind, pa.BaseExtensionType):
        return uuid.UUID(int=r.getrandbits(128)).bytes
    if pa.types.is_fixed_size_binary(kind):
        return "".join(r.choice("abcdef") for _ in range(kind.byte_width)).encode()
    text = r.choice(WORDS) if r.random() < 0.5 else (
        "https://site-" + str(r.randrange(5)) + "/" + "x" * r.randrange(40) + str(r.randrange(999)))
    return text.encode() if pa.types.is_binary(kind) else text


KINDS = [
    pa.bool_(), pa.int8(), pa.int16(), pa.int32(), pa.int64(), pa.uint8(), pa.uint16(), pa.uint32(),
    pa.uint64(), pa.float16(), pa.float32(), pa.float64(), pa.string(), pa.large_string(), pa.binary(),
    pa.binary(5), pa.uuid(), pa.decimal128(7, 2), pa.decimal128(15, 3), pa.decimal128(30, 10),
    pa.decimal128(18, 0), pa.decimal256(60, 20), pa.date32(), pa.time32("ms"), pa.time64("us"),
    pa.time64("ns"), pa.timestamp("ms"), pa.timestamp("us"), pa.timestamp("ns"),
    pa.timestamp("us", "UTC"), pa.timestamp("ms", "UTC"), pa.null(),
    pa.dictionary(pa.int32(), pa.string()), pa.dictionary(pa.int16(), pa.string()),
]


def column(kind, rows, r, share=None):
    """A random column of nulls and values, some in long runs."""
    few = r.choice([None, "some", "days"]) if r.random() < 0.7 else None
    run = r.choice([1, 1, 1, 5, 200]) if share is None else 3
    share = r.choice([0, 0, 0, 0.05, 0.5, 0.97, 1]) if share is None else share
    if pa.types.is_null(kind):
        return pa.nulls(rows), False
    inner = kind.value_type if pa.types.is_dictionary(kind) else kind
    values = []
    while len(values) < rows:
        one = None if r.random() < share else value(inner, r, few)
        values += [one] * r.randrange(1, run + 1)
    values = values[:rows]
    if pa.types.is_dictionary(kind):
        return pa.array(values[:rows], inner).dictionary_encode().cast(kind), share == 0
    if isinstance(inner, pa.BaseExtensionType):
        return pa.ExtensionArray.from_storage(inner, pa.array(values, inner.storage_type)), share == 0
    return pa.array(values, inner), share == 0


def encodings(kind):
    """The encodings without a dictionary that Parquet has for a type."""
    kind = kind.storage_type if isinstance(kind, pa.BaseExtensionType) else kind
    if pa.types.is_boolean(kind):
        return ["PLAIN", "RLE"]
    if pa.types.is_float16(kind) or pa.types.is_fixed_size_binary(kind) or pa.types.is_decimal(kind):
        return ["PLAIN", "BYTE_STREAM_SPLIT"]
    if pa.types.is_floating(kind):
        return ["PLAIN", "BYTE_STREAM_SPLIT"]
    if pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_binary(kind):
        return ["PLAIN", "DELTA_LENGTH_BYTE_ARRAY", "DELTA_BYTE_ARRAY"]
    if pa.types.is_null(kind) or pa.types.is_dictionary(kind):
        return ["PLAIN"]
    return ["PLAIN", "DELTA_BINARY_PACKED", "BYTE_STREAM_SPLIT"]


def random_table(r):
    rows = r.choice([0, 1, 2, 7, 8, 9, 63, 100, 129, 400, 400, 1000, 3000])
    fields, arrays = [], []
    for index in range(r.randrange(1, 9)):
        kind = r.choice(KINDS)
        array, full = column(kind, rows, r)
        fields.append(pa.field(f"c{index}", kind, nullable=not (full and r.random() < 0.4)))
        arrays.append(array)
    return pa.table(arrays, schema=pa.schema(fields))


def write_pyarrow(table, path, r):
    use = {f.name for f in table.schema if r.random() < 0.5}
    options = {
        "compression": r.choice(["none", "snappy", "gzip", "zstd", "lz4"]),
        "version": r.choice(["1.0", "2.4", "2.6", "2.6"]),
        "data_page_version": r.choice(["1.0", "2.0"]),
        "row_group_size": r.choice([1, 7, 100, 128, 1000, 10000]) if len(table) < 500 else 700,
        "data_page_size": r.choice([1, 100, 1000, 1 << 20]),
        "write_batch_size": r.choice([1, 10, 1024]),
        "dictionary_pagesize_limit": r.choice([1, 50, 1 << 20]),
        "write_page_checksum": r.random() < 0.5,
        "store_schema": r.random() < 0.7,
        "write_statistics": r.random() < 0.5,
        "store_decimal_as_integer": r.random() < 0.5,
        "use_deprecated_int96_timestamps": r.random() < 0.2,
        "write_page_index": r.random() < 0.2,
        "allow_truncated_timestamps": True,
    }
    if options["version"] != "2.6":
        options["coerce_timestamps"] = "us"
    by_column = {}
    for field in table.schema:
        if field.name not in use:
            choice = encodings(field.type)
            if options["store_decimal_as_integer"] and pa.types.is_decimal(field.type):
                choice = ["PLAIN"]
            if options["use_deprecated_int96_timestamps"] and pa.types.is_timestamp(field.type):
                choice = ["PLAIN"]
            by_column[field.name] = r.choice(choice)
    size = options.pop("row_group_size")
    with pq.ParquetWriter(path, table.schema, use_dictionary=sorted(use),
                          column_encoding=by_column or None, **options) as writer:
        # Several writes, some of no rows, which make row groups of no rows.
        cuts = sorted([0, len(table)] + [r.randrange(len(table) + 1) for _ in range(r.choice([0, 0, 3]))])
        for start, end in zip(cuts, cuts[1:]):
            writer.write_table(table.slice(start, end - start), row_group_size=size)
            if r.random() < 0.1:
                writer.write_table(table.slice(0, 0))
    return f"pyarrow {pa.__version__} {options} {by_column}"


def plain_table(table):
    """The table without the types that Polars and DuckDB do not take from Arrow."""
    keep = []
    for index, field in enumerate(table.schema):
        kind = str(field.type)
        if not any(word in kind for word in ["uuid", "decimal256", "halffloat", "time", "null",
                                             "fixed_size_binary", "dictionary<values=string, indices=int16"]):
            keep.append(index)
    return table.select(keep) if keep else pa.table({"c0": pa.array(range(len(table)))})


def write_polars(table, path, r):
    frame = polars.from_arrow(plain_table(table))
    options = {
        "compression": r.choice(["uncompressed", "snappy", "gzip", "zstd", "lz4"]),
        "row_group_size": r.choice([None, 50, 1000]),
        "data_page_size": r.choice([None, 200, 5000]),
        "statistics": r.random() < 0.5,
    }
    frame.write_parquet(path, **options)
    return f"polars {polars.__version__} {options}"


def write_duckdb(table, path, r):
    data = plain_table(table)  # noqa: F841, DuckDB finds it by its name
    options = [f"COMPRESSION {r.choice(['uncompressed', 'snappy', 'gzip', 'zstd', 'lz4_raw'])}",
               f"PARQUET_VERSION {r.choice(['V1', 'V2'])}",
               f"ROW_GROUP_SIZE {r.choice([2048, 122880])}",
               f"DICTIONARY_SIZE_LIMIT {r.choice([1, 20, 100000])}"]
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute(f"COPY data TO '{path}' (FORMAT parquet, {', '.join(options)})")
    return f"duckdb {duckdb.__version__} {options}"


def write_random(folder, count, seed):
    made = []
    for index in range(count):
        r = random.Random(f"{seed}/{index}")
        table = random_table(r)
        path = folder / f"case-{index:04}.parquet"
        writers = [write_pyarrow] * 3 + [write_polars] * bool(polars) + [write_duckdb] * bool(duckdb)
        how = r.choice(writers)(table, path, r)
        try:
            describe(path, how)
        except OSError as problem:
            # What pyarrow itself cannot read is no measure.
            print(f"{path.stem} left out: {problem}; {how}", file=sys.stderr)
            path.unlink()
            continue
        made.append(path.stem)
    (folder / "cases.json").write_text(json.dumps(made))


def write_fixtures(folder):
    r = random.Random("fixtures")
    names = ["bool", "i8", "i16", "i32", "i64", "u8", "u16", "u32", "u64", "f16", "f32", "f64", "text",
             "large", "bytes", "fixed", "uuid", "dec7", "dec15", "dec30", "dec18", "dec60", "date",
             "t32", "t64us", "t64ns", "ts_ms", "ts_us", "ts_ns", "ts_utc", "ts_ms_utc", "nothing", "dict"]
    arrays = [column(kind, 24, random.Random(f"fixture/{kind}"), 0.2)[0] for kind in KINDS[:len(names)]]
    every = pa.table(dict(zip(names, arrays)))

    def write(name, table, **options):
        path = folder / f"{name}.parquet"
        pq.write_table(table, path, write_statistics=False, **options)
        describe(path, f"pyarrow {pa.__version__} {options}")

    write("pyarrow-types", every, compression="zstd", row_group_size=10, write_page_checksum=True)
    write("pyarrow-plain-v2", every, compression="snappy", use_dictionary=False,
          data_page_version="2.0", data_page_size=100, write_batch_size=10, store_schema=False)
    delta = {"i32": "DELTA_BINARY_PACKED", "i64": "DELTA_BINARY_PACKED", "u64": "BYTE_STREAM_SPLIT",
             "f32": "BYTE_STREAM_SPLIT", "f64": "BYTE_STREAM_SPLIT", "text": "DELTA_BYTE_ARRAY",
             "bytes": "DELTA_LENGTH_BYTE_ARRAY", "fixed": "BYTE_STREAM_SPLIT", "bool": "RLE"}
    write("pyarrow-delta", every.select(list(delta)), compression="gzip", use_dictionary=False,
          column_encoding=delta, data_page_version="2.0", store_schema=False)
    write("pyarrow-int96", every.select(["ts_us", "ts_ns", "dict"]), compression="lz4",
          use_deprecated_int96_timestamps=True)
    write("pyarrow-empty", every.select(["i32", "text"]).slice(0, 0), compression="none")
    path = folder / "pyarrow-groups.parquet"
    small = every.select(["i64", "text", "f64"])
    with pq.ParquetWriter(path, small.schema, write_statistics=False, compression="snappy") as writer:
        for start, count in [(0, 0), (0, 9), (9, 0), (9, 15), (24, 0)]:
            writer.write_table(small.slice(start, count))
    describe(path, f"pyarrow {pa.__version__}, row groups of 0, 9, 0, 15 and 0 rows")
    write("pyarrow-nested", pa.table({
        "before": [1, 2, 3], "list": [[1, 2], [], None], "map": [{"a": {"b": 1}}] * 3,
        "after": ["x", None, "z"]}), compression="none")
    few = plain_table(every)
    polars.from_arrow(few).write_parquet(folder / "polars.parquet", compression="zstd", row_group_size=16)
    describe(folder / "polars.parquet", f"polars {polars.__version__}")
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute(
        f"COPY few TO '{folder / 'duckdb.parquet'}' (FORMAT parquet, PARQUET_VERSION V2, COMPRESSION zstd)")
    describe(folder / "duckdb.parquet", f"duckdb {duckdb.__version__}")


if __name__ == "__main__":
    target = Path(sys.argv[2])
    target.mkdir(parents=True, exist_ok=True)
    if sys.argv[1] == "fixtures":
        write_fixtures(target)
    else:
        write_random(target, int(sys.argv[3]), sys.argv[4])
