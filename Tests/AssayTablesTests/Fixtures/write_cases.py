"""Writes random tables in Arrow's formats with pyarrow, in NumPy's and as JSON records, and beside
each file what its columns hold.

    python write_cases.py FOLDER KIND FIRST COUNT

KIND is arrow, polars (Arrow as Polars writes it), numpy or json. Case N is drawn from seed N alone. FOLDER/N.expected.json lists the columns:
{"file": name, "rows": n, "columns": [{"name", "numbers": [hex or null] or null, "texts": [...]}]}.
"numbers" is null where the column holds a value that is no finite number.
"""

import datetime
import decimal
import json
import math
import random
import sys

import numpy as np

folder, kind, first, count = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])

WORDS = ["", "a", "site-01", "north", "é", "e\u0301", "日本", "x" * 13, "exactly12chr", "y" * 300, "0.5", "-3", "\"q\"", "a\nb", "😀"]


def number_of(text):
    """A text as a number: what the readers of all formats take for one."""
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) and "_" not in text else None


def column(name, numbers, texts):
    """numbers: floats, None where missing, or 'bad' where the value is no number."""
    bad = any(n == "bad" for n in numbers)
    return {
        "name": name,
        "numbers": None if bad else [None if n is None else float(n).hex() for n in numbers],
        "texts": texts,
    }


def shortest(value, single=False):
    if value is None or math.isnan(value):
        return ""
    return str(np.float32(value)) if single else repr(float(value))


# Arrow

def arrow_case(seed):
    import pyarrow as pa

    r = random.Random(seed)
    rows = r.choice([0, 1, 2, 7, 8, 9, 63, 64, 65, 200, 1000])
    extra = r.choice([0, 0, 1, 3, 8, 17])  # rows that a slice leaves out on either side
    nulls = r.choice([0, 0, 0.1, 0.5, 1])
    total = rows + 2 * extra
    arrays, expected, names = [], [], []

    def draw(make):
        return [None if r.random() < nulls else make() for _ in range(total)]

    def add(name, array, numbers, texts):
        names.append(name)
        arrays.append(array.slice(extra, rows) if extra else array)
        keep = slice(extra, extra + rows)
        if numbers is not None:
            expected.append(column(name, numbers[keep], texts[keep]))

    def integers(name, type, low, high):
        values = draw(lambda: r.choice([low, high, 0, 1, r.randint(low, high)]))
        numbers = [None if v is None else float(v) if int(float(v)) == v else "bad" for v in values]
        texts = ["" if v is None else str(v) for v in values]
        array = pa.array(values, type)
        add(name, array, numbers, texts)
        if r.random() < 0.5:
            add(name + " in a dictionary", array.dictionary_encode(), numbers, texts)

    def floats(name, type, make, single):
        values = draw(make)
        numbers = [None if v is None else v if math.isfinite(v) else "bad" for v in values]
        texts = [shortest(v, single) for v in values]
        array = pa.array(values, type)
        add(name, array, numbers, texts)
        if r.random() < 0.3:
            add(name + " in a dictionary", array.dictionary_encode(), numbers, texts)

    def strings(name, type):
        words = r.sample(WORDS, r.randint(1, len(WORDS)))
        values = draw(lambda: r.choice(words))
        texts = ["" if v is None else v for v in values]
        numbers = [None if not t else number_of(t) if number_of(t) is not None else "bad" for t in texts]
        array = pa.array([None if v is None else v.encode() for v in values] if pa.types.is_binary(type) or pa.types.is_large_binary(type) else values, type)
        add(name, array, numbers, texts)
        if type in (pa.string(), pa.large_string()) and r.random() < 0.8:
            index = r.choice([pa.int8(), pa.int16(), pa.int32(), pa.int64(), pa.uint8(), pa.uint16(), pa.uint32(), pa.uint64()])
            coded = array.dictionary_encode().cast(pa.dictionary(index, type))
            if r.random() < 0.3 and rows:
                # A dictionary whose own entries are missing or stand twice.
                extended = pa.array([None] + coded.dictionary.to_pylist() + ["twice"], type)
                moved = pa.array([None if i is None else i + 1 for i in coded.indices.to_pylist()], pa.int64())
                moved = moved.cast(index)
                coded = pa.DictionaryArray.from_arrays(moved, extended)
            add(name + " in a dictionary", coded, numbers, texts)

    def others():
        values = draw(lambda: r.random() < 0.5)
        add("bool", pa.array(values, pa.bool_()),
            [None if v is None else float(v) for v in values], ["" if v is None else str(v) for v in values])
        add("null", pa.nulls(total), [None] * total, [""] * total)
        scale = r.choice([0, 2, 10])
        quantum = decimal.Decimal(1).scaleb(-scale)
        values = draw(lambda: (decimal.Decimal(r.randint(-10**12, 10**12)).scaleb(-scale)).quantize(quantum))
        add("decimal", pa.array(values, pa.decimal128(30, scale)),
            [None if v is None else float(v) for v in values], ["" if v is None else f"{v:f}" for v in values])
        values = draw(lambda: datetime.date(1970, 1, 1) + datetime.timedelta(days=r.randint(-400000, 400000)))
        for type in (pa.date32(), pa.date64()):
            add(str(type), pa.array(values, type), [None if v is None else "bad" for v in values],
                ["" if v is None else v.isoformat() for v in values])
        seconds = draw(lambda: r.randint(-5 * 10**9, 5 * 10**9))
        for unit in ("s", "ms", "us", "ns"):
            for zone in (None, "UTC", "Europe/Berlin"):
                fine = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}[unit]
                whole = r.random() < 0.5
                ticks = [None if s is None else s * fine + (0 if whole else r.randrange(fine)) for s in seconds]
                stamp = pa.array(ticks, pa.int64()).cast(pa.timestamp(unit, zone))
                keep = ticks[extra : extra + rows]
                full = [""] * extra + stamps(keep, fine, zone is not None) + [""] * extra
                add(f"timestamp {unit} {zone}", stamp, [None if t is None else "bad" for t in ticks], full)
        values = draw(lambda: r.randrange(86400))
        for type in (pa.time32("s"), pa.time64("us")):
            fine = 1 if type == pa.time32("s") else 10**6
            add(str(type), pa.array([None if v is None else v * fine for v in values], pa.int32() if fine == 1 else pa.int64()).cast(type),
                [None if v is None else "bad" for v in values],
                ["" if v is None else str(datetime.timedelta(seconds=v)).rjust(8, "0") for v in values])
        width = r.choice([1, 4, 16])
        values = draw(lambda: "".join(r.choice("abcxyz") for _ in range(width)))
        add("fixed", pa.array([None if v is None else v.encode() for v in values], pa.binary(width)),
            [None if v is None else "bad" for v in values], ["" if v is None else v for v in values])

    def nested():
        lists = draw(lambda: [r.randint(0, 9) for _ in range(r.randint(0, 3))])
        add("list", pa.array(lists, r.choice([pa.list_(pa.int64()), pa.large_list(pa.int64()), pa.list_view(pa.int64())])), None, None)
        add("fixed list", pa.array([[1, 2]] * total, pa.list_(pa.int8(), 2)), None, None)
        add("struct", pa.array(draw(lambda: {"a": 1, "b": "x", "c": [1.5]}), pa.struct([("a", pa.int8()), ("b", pa.string()), ("c", pa.list_(pa.float64()))])), None, None)
        add("views in a struct", pa.array(draw(lambda: {"v": "a text that is longer than twelve"}), pa.struct([("v", pa.string_view())])), None, None)
        add("map", pa.array(draw(lambda: [("k", 1)]), pa.map_(pa.string(), pa.int32())), None, None)
        union = pa.UnionArray.from_sparse(pa.array([0, 1] * (total // 2) + [0] * (total % 2), pa.int8()),
                                          [pa.array([1] * total), pa.array(["x"] * total)])
        add("union", union, None, None)
        offsets = pa.array(list(range(total)), pa.int32())
        add("dense union", pa.UnionArray.from_dense(pa.array([0] * total, pa.int8()), offsets, [pa.array([1] * total)]), None, None)
        add("ends", pa.RunEndEncodedArray.from_arrays([total] if total else [], pa.array([1] if total else [], pa.int64())) if total and not extra else pa.array([[]] * total, pa.list_(pa.null())), None, None)
        add("interval", pa.array([None] * total, pa.month_day_nano_interval()), None, None)
        add("duration", pa.array([1] * total, pa.duration("s")), None, None)

    makers = [
        lambda: integers("int8", pa.int8(), -128, 127),
        lambda: integers("int16", pa.int16(), -(2**15), 2**15 - 1),
        lambda: integers("int32", pa.int32(), -(2**31), 2**31 - 1),
        lambda: integers("int64", pa.int64(), -(2**53), 2**53),
        lambda: integers("wide int64", pa.int64(), -(2**63), 2**63 - 1),
        lambda: integers("uint8", pa.uint8(), 0, 255),
        lambda: integers("uint16", pa.uint16(), 0, 2**16 - 1),
        lambda: integers("uint32", pa.uint32(), 0, 2**32 - 1),
        lambda: integers("uint64", pa.uint64(), 0, 2**64 - 1),
        lambda: floats("double", pa.float64(), lambda: r.choice([0.0, -0.0, 1.0, 1e300, 5e-324, r.random(), r.gauss(0, 1e5)]), False),
        lambda: floats("odd double", pa.float64(), lambda: r.choice([math.nan, math.inf, 0.1]), False),
        lambda: floats("float", pa.float32(), lambda: float(np.float32(r.gauss(0, 10))), True),
        lambda: floats("half", pa.float16(), lambda: float(np.float16(r.choice([0, 6e-8, 65504, r.gauss(0, 2)]))), True),
        lambda: strings("string", pa.string()),
        lambda: strings("large string", pa.large_string()),
        lambda: strings("view", pa.string_view()),
        lambda: strings("binary", pa.binary()),
        lambda: strings("large binary", pa.large_binary()),
        others,
        nested,
    ]
    r.shuffle(makers)
    for make in makers:
        if r.random() < 0.6:
            make()
    if not arrays:
        add("only", pa.array([1.5] * total), [1.5] * total, ["1.5"] * total)
    # Where rows are cut into batches; empty batches as well.
    cuts = sorted(r.randint(0, rows) for _ in range(r.choice([0, 0, 1, 3, 10])))
    edges = [0] + cuts + [rows]
    table = pa.table(dict(zip(names, arrays))) if rows == 0 and extra == 0 else pa.Table.from_arrays(arrays, names)
    batches = []
    for low, high in zip(edges, edges[1:]):
        part = pa.RecordBatch.from_arrays([a.slice(low, high - low) for a in arrays], schema=table.schema)
        batches.append(part)
    form = r.choice(["file", "stream"])
    # Stream only: every batch has a dictionary of its own, which replaces or adds to the one before.
    regrow = r.choice(["same", "replace", "delta"]) if form == "stream" else r.choice(["same", "delta"])
    if regrow != "same":
        batches = [regrown(pa, b, batches[: i + 1], regrow) for i, b in enumerate(batches)]
    options = dict(
        compression=r.choice([None, "lz4", "zstd"]),
        emit_dictionary_deltas=regrow == "delta",
        metadata_version=r.choice([pa.ipc.MetadataVersion.V4, pa.ipc.MetadataVersion.V5]) if "union" not in names and "dense union" not in names else pa.ipc.MetadataVersion.V5,
    )
    if options["metadata_version"] == pa.ipc.MetadataVersion.V4 or r.random() < 0.2:
        options["use_legacy_format"] = r.random() < 0.3 and options["metadata_version"] == pa.ipc.MetadataVersion.V4
    file = f"{seed}.{'arrow' if form == 'file' else 'arrows'}"
    make = pa.ipc.new_file if form == "file" else pa.ipc.new_stream
    schema = batches[0].schema
    try:
        with make(f"{folder}/{file}", schema, options=pa.ipc.IpcWriteOptions(**options)) as writer:
            for batch in batches:
                writer.write_batch(batch)
    except pa.ArrowInvalid as error:
        print(f"case {seed}: {error}", file=sys.stderr)
        return None
    return {"file": file, "rows": rows, "columns": expected, "form": form, "options": str(options), "regrow": regrow,
            "unread": [n for n in names if n not in [c["name"] for c in expected]]}


def regrown(pa, batch, before, how):
    """The batch with text dictionaries in the order in which entries are met: of this batch alone, or of all batches so far."""
    arrays = []
    for index, array in enumerate(batch.columns):
        if pa.types.is_dictionary(array.type) and (pa.types.is_string(array.type.value_type) or pa.types.is_large_string(array.type.value_type)):
            values = []
            for earlier in before if how == "delta" else [batch]:
                for value in earlier.column(index).to_pylist():
                    if value is not None and value not in values:
                        values.append(value)
            dictionary = pa.array(values, array.type.value_type)
            codes = [None if v is None else values.index(v) for v in array.to_pylist()]
            array = pa.DictionaryArray.from_arrays(pa.array(codes, array.type.index_type), dictionary)
        arrays.append(array)
    return pa.RecordBatch.from_arrays(arrays, schema=batch.schema)


def stamps(ticks, fine, has_zone):
    """Timestamps of a whole column as pandas' CSV has them."""
    known = [t for t in ticks if t is not None]
    digits = 0
    for t in known:
        nano = (t % fine) * (10**9 // fine)
        for size, step in ((3, 10**6), (6, 10**3), (9, 1)):
            if nano % 10 ** (9 - (size - 3)) and nano % step == 0:
                digits = max(digits, size)
                break
    midnights = not has_zone and all(t % (86400 * fine) == 0 for t in known)
    texts = []
    for t in ticks:
        if t is None:
            texts.append("")
            continue
        moment = datetime.datetime(1970, 1, 1) + datetime.timedelta(seconds=t // fine)
        text = moment.isoformat(sep=" ")
        if midnights:
            text = text[:10]
        elif digits:
            text += "." + f"{(t % fine) * (10**9 // fine):09d}"[:digits]
        texts.append(text + ("+00:00" if has_zone else ""))
    return texts


# Arrow as Polars writes it

def polars_case(seed):
    import polars as pl

    r = random.Random(seed)
    rows = r.choice([0, 1, 7, 8, 65, 300])
    nulls = r.choice([0, 0.1, 1])
    columns, expected, unread = {}, [], []

    def draw(make):
        return [None if r.random() < nulls else make() for _ in range(rows)]

    for name, type, low, high in [("i8", pl.Int8, -128, 127), ("i64", pl.Int64, -(2**63), 2**63 - 1), ("u32", pl.UInt32, 0, 2**32 - 1), ("u64", pl.UInt64, 0, 2**64 - 1)]:
        values = draw(lambda: r.choice([low, high, 0, r.randint(low, high)]))
        columns[name] = pl.Series(name, values, type)
        expected.append(column(name, [None if v is None else float(v) if int(float(v)) == v else "bad" for v in values], ["" if v is None else str(v) for v in values]))
    for name, type, single in [("f32", pl.Float32, True), ("f64", pl.Float64, False)]:
        values = draw(lambda: float(np.float32(r.gauss(0, 3))))
        columns[name] = pl.Series(name, values, type)
        expected.append(column(name, values, [shortest(v, single) for v in values]))
    words = r.sample([w for w in WORDS if w], 6)
    for name, type in [("text", pl.String), ("categories", pl.Categorical), ("enum", pl.Enum(words))]:
        values = draw(lambda: r.choice(words))
        columns[name] = pl.Series(name, values, pl.String).cast(type)
        numbers = [None if v is None else number_of(v) if number_of(v) is not None else "bad" for v in values]
        expected.append(column(name, numbers, ["" if v is None else v for v in values]))
    values = draw(lambda: r.random() < 0.5)
    columns["bool"] = pl.Series("bool", values, pl.Boolean)
    expected.append(column("bool", [None if v is None else float(v) for v in values], ["" if v is None else str(v) for v in values]))
    values = draw(lambda: datetime.date(1970, 1, 1) + datetime.timedelta(days=r.randint(-40000, 40000)))
    columns["date"] = pl.Series("date", values, pl.Date)
    expected.append(column("date", [None if v is None else "bad" for v in values], ["" if v is None else v.isoformat() for v in values]))
    ticks = draw(lambda: r.randint(-(10**9), 10**9) * 10**6)
    columns["moment"] = pl.Series("moment", ticks, pl.Int64).cast(pl.Datetime("us", "UTC"))
    expected.append(column("moment", [None if v is None else "bad" for v in ticks], stamps(ticks, 10**6, True)))
    values = draw(lambda: decimal.Decimal(r.randint(-10**9, 10**9)).scaleb(-3))
    columns["decimal"] = pl.Series("decimal", values, pl.Decimal(20, 3))
    expected.append(column("decimal", [None if v is None else float(v) for v in values], ["" if v is None else f"{v:f}" for v in values]))
    columns["list"] = pl.Series("list", [[1, 2]] * rows, pl.List(pl.Int64))
    columns["struct"] = pl.Series("struct", [{"a": "a text that is longer than twelve"}] * rows, pl.Struct({"a": pl.String}))
    unread = ["list", "struct"]
    names = list(columns)
    r.shuffle(names)
    frame = pl.DataFrame([columns[n] for n in names])
    if rows > 10 and r.random() < 0.5:
        cut = r.randint(1, rows - 1)
        frame = pl.concat([frame[:cut], frame[cut:]], rechunk=False)
    form = r.choice(["file", "stream"])
    file = f"{seed}.{'arrow' if form == 'file' else 'arrows'}"
    write = frame.write_ipc if form == "file" else frame.write_ipc_stream
    write(f"{folder}/{file}", compression=r.choice(["uncompressed", "lz4", "zstd"]),
          compat_level=r.choice([pl.CompatLevel.newest(), pl.CompatLevel.oldest()]))
    return {"file": file, "rows": rows, "columns": expected, "form": form, "unread": unread}


# NumPy

def numpy_case(seed):
    r = random.Random(seed)
    rng = np.random.default_rng(seed)
    rows = r.choice([0, 1, 2, 7, 64, 300])
    arrays, expected = {}, []
    types = ["b1", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f2", "f4", "f8", "U", "S"]
    for type in r.sample(types, r.randint(1, len(types))):
        axes = r.choice([1, 1, 2])
        width = r.choice([1, 2, 5]) if axes == 2 else 1
        shape = (rows, width) if axes == 2 else (rows,)
        size = rows * width
        if type == "b1":
            flat = rng.integers(0, 2, size).astype(bool)
        elif type[0] in "iu":
            info = np.iinfo(type)
            flat = np.array([r.choice([info.min, info.max, 0, r.randint(info.min, info.max)]) for _ in range(size)], dtype=type)
        elif type[0] == "f":
            flat = rng.normal(size=size).astype(type)
            if r.random() < 0.2 and size:
                flat[0] = np.nan
        elif type == "U":
            flat = np.array([r.choice(WORDS) for _ in range(size)] or [], dtype=str)
        else:
            flat = np.array([r.choice(WORDS).encode() for _ in range(size)] or [], dtype=bytes)
        array = flat.reshape(shape)
        if r.random() < 0.5:
            array = np.asfortranarray(array)
        if r.random() < 0.4 and type[0] in "iufU" and type not in ("i1", "u1"):
            array = array.astype(array.dtype.newbyteorder(">"))
        arrays[type] = array
    members = list(arrays)
    form = r.choice(["npz", "compressed", "npy"])
    if form == "npy":
        members = members[:1]
    for name in members:
        array = arrays[name]
        label = str(seed) if form == "npy" else name
        parts = [(label, array)] if array.ndim == 1 else [(f"{label}[{k}]", array[:, k]) for k in range(array.shape[1])]
        for label, part in parts:
            values = part.tolist()
            if name == "S":
                values = [v.decode() for v in values]
            if name == "b1":
                expected.append(column(label, values, [str(v) for v in values]))
            elif name[0] in "iu":
                expected.append(column(label, [float(v) if int(float(v)) == v else "bad" for v in values], [str(v) for v in values]))
            elif name[0] == "f":
                expected.append(column(label, [v if math.isfinite(v) else "bad" for v in values], [shortest(v, name != "f8") for v in values]))
            else:
                expected.append(column(label, [None if not v else number_of(v) if number_of(v) is not None else "bad" for v in values], values))
    file = f"{seed}.{'npy' if form == 'npy' else 'npz'}"
    if form == "npy":
        version = r.choice([None, (1, 0), (2, 0), (3, 0)])
        with open(f"{folder}/{file}", "wb") as out:
            np.lib.format.write_array(out, arrays[members[0]], version=version)
    else:
        (np.savez if form == "npz" else np.savez_compressed)(f"{folder}/{file}", **arrays)
    return {"file": file, "rows": rows, "columns": expected, "form": form, "unread": []}


# JSON records

def json_case(seed):
    r = random.Random(seed)
    rows = r.choice([1, 2, 7, 64, 300])
    names = r.sample(["a", "b b", "é", "\"", "c\\d", "n", "t", "日本", "_"], r.randint(1, 6))
    kinds = {n: r.choice(["number", "text", "boolean", "whole", "mixed", "nested"]) for n in names}
    records = [{} for _ in range(rows)]
    expected, unread = [], []
    for name in names:
        numbers, texts = [], []
        for record in records:
            if r.random() < 0.1:
                if r.random() < 0.5:
                    record[name] = None
                numbers.append(None)
                texts.append("")
                continue
            kind = kinds[name]
            if kind == "mixed":
                kind = r.choice(["number", "text", "boolean", "whole"])
            if kind == "number":
                value = r.choice([0.0, -0.5, 1e300, 5e-324, 1e22, 123456789.0, r.random(), r.gauss(0, 1e-6)])
                numbers.append(value)
                texts.append(shortest(value))
            elif kind == "text":
                value = r.choice(WORDS)
                numbers.append(None if not value else number_of(value) if number_of(value) is not None else "bad")
                texts.append(value)
            elif kind == "boolean":
                value = r.random() < 0.5
                numbers.append(float(value))
                texts.append(str(value))
            elif kind == "whole":
                value = r.choice([0, 1, -7, 2**53, 2**53 + 1, 10**30, r.randint(-(10**6), 10**6)])
                numbers.append(float(value) if abs(value) <= 2**53 else "bad")
                texts.append(str(value))
            else:
                value = r.choice([[], {}, [1, [2, {"x": "}]"}]], {"y": [None, True]}])
                numbers.append(None)
                texts.append("")
            record[name] = value
        if not any(name in record for record in records):
            continue
        if kinds[name] == "nested" and any(record.get(name) is not None for record in records):
            unread.append(name)
        else:
            expected.append(column(name, numbers, texts))
    for record in records:
        items = list(record.items())
        if r.random() < 0.2:
            r.shuffle(items)
        record.clear()
        record.update(items)
    ascii = r.random() < 0.5
    form = r.choice(["lines", "array", "indented"])
    if form == "lines":
        end = r.choice(["\n", "\r\n", "\n\n"])
        text = end.join(json.dumps(record, ensure_ascii=ascii) for record in records) + r.choice(["", end])
    else:
        text = json.dumps(records, ensure_ascii=ascii, indent=2 if form == "indented" else None,
                          separators=r.choice([None, (",", ":")]))
    file = f"{seed}.{'jsonl' if form == 'lines' else 'json'}"
    with open(f"{folder}/{file}", "w", encoding=r.choice(["utf-8", "utf-8", "utf-8-sig"]), newline="") as out:
        out.write(text)
    return {"file": file, "rows": rows, "columns": expected, "form": form, "unread": unread}


for seed in range(first, first + count):
    case = {"arrow": arrow_case, "polars": polars_case, "numpy": numpy_case, "json": json_case}[kind](seed)
    if case:
        with open(f"{folder}/{seed}.expected.json", "w") as out:
            json.dump(case, out)
