import AssayFiles
import Testing

@testable import AssayPipeline

@Suite("The starter pilot's data")
struct StarterDataTests {
  private static let lines = StarterData().csv().split(separator: "\n")
  private static let rows: [[String: String]] = lines.dropFirst().map { line in
    let fields = line.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    return Dictionary(uniqueKeysWithValues: zip(StarterData.columns, fields))
  }

  private func share(_ condition: ([String: String]) -> Bool, of rows: [[String: String]]) -> Double
  {
    Double(rows.filter(condition).count) / Double(rows.count)
  }

  @Test("the generator is splitmix64 with a counter")
  func generator() {
    // Known answers of Vigna's splitmix64.c: seed 0, first output; seed 1234567, first two.
    #expect(CounterHash(seed: 0).bits(row: 0, column: 0, part: 1) == 0xE220_A839_7B1D_CDAF)
    let hash = CounterHash(seed: 1_234_567)
    #expect(hash.bits(row: 0, column: 0, part: 1) == 6_457_827_717_110_365_317)
    #expect(hash.bits(row: 0, column: 0, part: 2) == 3_203_168_211_198_807_973)
  }

  @Test("normal numbers have mean 0 and variance 1")
  func normals() {
    let hash = CounterHash(seed: 7)
    let values = (0..<20_000).map { hash.normal(row: $0, column: 3) }
    let mean = values.reduce(0, +) / 20_000
    let variance = values.map { ($0 - mean) * ($0 - mean) }.reduce(0, +) / 20_000
    // Five standard errors: 1/√20000 for the mean, √2/√20000 for the variance.
    #expect(abs(mean) < 0.036)
    #expect(abs(variance - 1) < 0.05)
  }

  @Test("the table is the one that the same formulas give in Python")
  func digest() {
    // Scripts/starter-data.py, Python 3.11.
    #expect(
      SHA256.hexDigest(StarterData().csv())
        == "91c7f047c8601feb2300bb8ce3e016d708c189deeda0185e06e5dd668a5da74d")
  }

  @Test("10,000 rows of 22 fields stand beneath the header")
  func shape() {
    #expect(Self.lines.count == 10_001)
    #expect(Self.lines[0] == StarterData.columns.joined(separator: ","))
    #expect(
      Self.lines.allSatisfy {
        $0.split(separator: ",", omittingEmptySubsequences: false).count == 22
      })
    #expect(StarterHospital.all.count == 20)
    #expect(StarterHospital.all.map(\.rows).reduce(0, +) == 10_000)
    #expect(StarterNames.diagnoses.count == 60)
    #expect(Set(StarterNames.diagnoses).count == 60)
  }

  @Test("every hospital has train and test rows of both classes")
  func everyHospital() {
    for hospital in StarterHospital.all {
      let own = Self.rows.filter { $0["hospital_id"] == hospital.id }
      #expect(own.count == hospital.rows)
      for split in ["train", "test"] {
        let labels = Set(own.filter { $0["split"] == split }.map { $0["readmitted"] })
        #expect(labels == ["0", "1"], "\(hospital.id) \(split)")
      }
    }
  }

  @Test("shares are what the pilot's README says")
  func shares() {
    // Five standard errors of a share p of 10,000: 5·√(p(1−p)/10000).
    #expect(abs(share({ $0["readmitted"] == "1" }, of: Self.rows) - 0.39) < 0.025)
    #expect(abs(share({ $0["split"] == "test" }, of: Self.rows) - 0.3) < 0.023)
    #expect(abs(share({ $0["language"] == "other" }, of: Self.rows) - 0.14) < 0.018)
    #expect(abs(share({ $0["creatinine"] == "" }, of: Self.rows) - 0.03) < 0.009)
    let empty = Self.rows.flatMap { row in row.filter { $0.value.isEmpty }.map(\.key) }
    #expect(Set(empty) == ["creatinine"])
  }

  @Test("the vendor Cedar exports neither diagnoses nor earlier admissions, in other units")
  func lostSignal() {
    let cedar = Self.rows.filter { $0["record_vendor"] == "Cedar" }
    let others = Self.rows.filter { $0["record_vendor"] != "Cedar" }
    #expect(cedar.count == 460)
    #expect(Set(cedar.map { $0["hospital_id"] }) == ["H13", "H18"])
    #expect(Set(cedar.map { $0["diagnosis"] }) == ["not coded"])
    #expect(Set(cedar.map { $0["prior_admissions"] }) == ["0"])
    #expect(!others.contains { $0["diagnosis"] == "not coded" })
    func mean(_ rows: [[String: String]]) -> Double {
      rows.compactMap { $0["haemoglobin"].flatMap(Double.init) }.reduce(0, +) / Double(rows.count)
    }
    // 1 g/dL of haemoglobin is 0.6206 mmol/L.
    #expect(abs(mean(cedar) / mean(others) - 0.6206) < 0.02)
  }

  @Test("age bands follow from ages")
  func ageBands() {
    #expect(StarterData.ageBand(49) == "under 50")
    #expect(StarterData.ageBand(50) == "50 to 64")
    #expect(StarterData.ageBand(65) == "65 to 79")
    #expect(StarterData.ageBand(80) == "80 and over")
    #expect(
      Self.rows.allSatisfy {
        $0["age_band"] == $0["age"].flatMap(Double.init).map(StarterData.ageBand)
      })
  }
}
