#!/usr/bin/env python3
"""Prints the starter pilot's data.csv, independently of Sources/AssayPipeline/Starter.

The same formulas in another language and with the C library's exp: its SHA-256 is the expected value
in Tests/AssayPipelineTests/StarterDataTests.swift. Names and hospitals are read from the Swift table.

    python3 Scripts/starter-data.py | sha256sum
"""
import math
import pathlib
import re
import sys

STARTER = pathlib.Path(__file__).parent.parent / "Sources/AssayPipeline/Starter"
TABLE = (STARTER / "StarterHospitals.swift").read_text()
SEED, MASK = 20260131, 2**64 - 1


def bits(row, column, part=0):
    z = (SEED + ((row << 16) | (column * 4 + part)) * 0x9E3779B97F4A7C15) & MASK
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
    return z ^ (z >> 31)


def uniform(row, column):
    return (bits(row, column) >> 11) * 2.0**-53


def normal(row, column):
    total = sum((bits(row, column, part) >> (16 * piece)) & 0xFFFF
                for part in range(2) for piece in range(4))
    return (total - 8 * 32767.5) / (65536 * math.sqrt(8 / 12))


def nearest(x):
    """Round half away from zero, as Swift's rounded() does."""
    return math.floor(abs(x) + 0.5) * (1 if x >= 0 else -1)


def clamp(x, low, high):
    return min(max(x, low), high)


def pick(u, shares):
    return next((i for i, share in enumerate(shares) if u < share), len(shares))


def pairs(name):
    block = re.search(name + r": \[\(name: String, effect: Double\)\] = \[(.*?)\n  \]", TABLE, re.S)
    return [(n, float(e)) for n, e in re.findall(r'\("([^"]+)", (-?[\d.]+)\)', block[1])]


TYPES, WARDS, PLACES = pairs("admissionTypes"), pairs("wards"), pairs("destinations")
DIAGNOSES = re.findall(r'"([^"]+)"', re.search(r"diagnoses: \[String\] = \[(.*?)\n  \]", TABLE, re.S)[1])
EFFECTS = [1.5 * normal(100_000 + i, 40) for i in range(len(DIAGNOSES))]
HOSPITALS = re.findall(
    r'hospital\("(\w+)", ([\d_]+), "(\w+)", "(\w+)", (\S+), (\S+), (\S+), (\S+)\)', TABLE)


def main(out):
    out.write("record_id,hospital_id,region,record_vendor,age_band,sex,language,split,age,admission_type,ward,"
              "diagnosis,destination,length_of_stay,prior_admissions,comorbidity_score,haemoglobin,"
              "creatinine,systolic_pressure,medications,oxygen_saturation,readmitted\n")
    row = 0
    for id_, rows, region, vendor, *numbers in HOSPITALS:
        age_shift, severity_shift, label_shift, effect = map(float, numbers)
        for _ in range(int(rows)):
            severity = normal(row, 0) + severity_shift
            female, other = uniform(row, 2) < 0.51, uniform(row, 3) < 0.14
            age = clamp(nearest(66 + age_shift + 14 * normal(row, 1)), 18, 99)
            u = uniform(row, 4)
            diagnosis = int(u * math.sqrt(u) * len(DIAGNOSES))
            kind = pick(uniform(row, 5), [0.55, 0.82])
            place = pick(uniform(row, 7), [0.55, 0.78, 0.92])
            ward = pick(uniform(row, 8), [0.3, 0.5, 0.68, 0.82, 0.92])
            comorbidity = clamp(nearest(
                2.5 + 1.3 * severity + 1.2 * normal(row, 9) + 0.03 * (age - 66)), 0, 15)
            prior = clamp(nearest(1.0 + 0.9 * severity + 1.3 * normal(row, 10)), 0, 12)
            stay = clamp(nearest(6 + 2.5 * severity + 3 * normal(row, 11)), 1, 60)
            blood = clamp(12.8 - 0.8 * severity + 1.5 * normal(row, 12) - (0.6 if female else 0), 4, 20)
            creatinine = clamp(95 + 22 * severity + 24 * normal(row, 13), 35, 400)
            pressure = clamp(128 - 6 * severity + 17 * normal(row, 14), 60, 220)
            medications = clamp(nearest(6 + comorbidity + 2.5 * normal(row, 15)), 0, 30)
            saturation = clamp(96.5 - severity + 1.4 * normal(row, 16), 70, 100)
            measured = (0.55 * (prior - 1.2) * effect + 0.22 * (comorbidity - 2.7)
                        + 0.05 * (stay - 6.2) - 0.22 * (blood - 12.4) + 0.006 * (creatinine - 96)
                        - 0.008 * (pressure - 128) + 0.015 * (age - 66)
                        + 0.06 * (medications - 8) - 0.10 * (saturation - 96.4))
            odds = (1.15 * measured + TYPES[kind][1] + PLACES[place][1] + WARDS[ward][1]
                    + EFFECTS[diagnosis] + label_shift - 1.0)
            label = uniform(row, 20) < 1 / (1 + math.exp(-odds))
            cedar = vendor == "Cedar"
            known = 0 if cedar else prior
            tenths = nearest((blood * 0.6206 if cedar else blood) * 10)
            band = ("under 50" if age < 50 else "50 to 64" if age < 65
                    else "65 to 79" if age < 80 else "80 and over")
            out.write(",".join(map(str, [
                f"r{100_000 + row}", id_, region, vendor, band, "female" if female else "male",
                "other" if other else "national",
                "test" if uniform(row, 23) < 0.3 else "train", age, TYPES[kind][0],
                WARDS[ward][0], "not coded" if cedar else DIAGNOSES[diagnosis], PLACES[place][0],
                stay, known // 2 if other else known, comorbidity, f"{tenths // 10}.{tenths % 10}",
                "" if uniform(row, 22) < 0.03 else nearest(creatinine), nearest(pressure),
                medications, nearest(saturation), int(label)])) + "\n")
            row += 1


if __name__ == "__main__":
    main(sys.stdout)
