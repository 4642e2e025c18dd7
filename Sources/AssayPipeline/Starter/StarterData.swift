import AssayStatistics

/// The invented table of the starter pilot: readmissions in twenty hospitals.
///
/// No row describes a person. A hidden severity drives the measurements; the label is drawn from a
/// logistic model of the measurements, the diagnosis and the hospital. What is special about the
/// hospitals stands in `StarterHospitals.swift`; what two small groups lose, below.
struct StarterData: Sendable {
  /// The seed of the table; part of what the pilot is.
  static let seed: UInt64 = 20_260_131

  /// The header, in order.
  static let columns = [
    "record_id", "hospital_id", "region", "record_vendor", "age_band", "sex", "language", "split",
    "age",
    "admission_type", "ward", "diagnosis", "destination", "length_of_stay", "prior_admissions",
    "comorbidity_score", "haemoglobin", "creatinine", "systolic_pressure", "medications",
    "oxygen_saturation", "readmitted",
  ]

  private let hash = CounterHash(seed: StarterData.seed)
  private let diagnosisEffects: [Double]

  init() {
    let hash = hash
    // Rows from 100,000 on are not patients: they carry the effects of the diagnoses.
    diagnosisEffects = StarterNames.diagnoses.indices.map {
      1.5 * hash.normal(row: 100_000 + $0, column: 40)
    }
  }

  /// The whole table as CSV text, 10,000 rows beneath the header.
  func csv() -> String {
    var text = Self.columns.joined(separator: ",") + "\n"
    text.reserveCapacity(1_400_000)
    var row = 0
    for hospital in StarterHospital.all {
      for _ in 0..<hospital.rows {
        text += fields(row: row, in: hospital).joined(separator: ",") + "\n"
        row += 1
      }
    }
    return text
  }

  /// The fields of one row.
  func fields(row: Int, in hospital: StarterHospital) -> [String] {
    let patient = Patient(row: row, hospital: hospital, hash: hash)
    let losesCoding = hospital.vendor == "Cedar"
    // A Cedar system exports neither diagnosis nor earlier admissions, and haemoglobin in mmol/L
    // instead of g/dL.
    let diagnosis =
      losesCoding ? StarterNames.notCoded : StarterNames.diagnoses[patient.diagnosis]
    let haemoglobin = losesCoding ? patient.haemoglobin * 0.6206 : patient.haemoglobin
    // Admissions abroad are not in the record of patients with another language.
    let knownAdmissions = losesCoding ? 0 : Int(patient.priorAdmissions)
    let recordedAdmissions = patient.speaksOther ? knownAdmissions / 2 : knownAdmissions
    let odds = logOdds(of: patient, in: hospital)
    let isReadmitted =
      hash.uniform(row: row, column: 20) < 1 / (1 + PortableMath.exp(-odds))
    let isMissing = hash.uniform(row: row, column: 22) < 0.03
    return [
      "r\(100_000 + row)", hospital.id, hospital.region, hospital.vendor, Self.ageBand(patient.age),
      patient.isFemale ? "female" : "male", patient.speaksOther ? "other" : "national",
      hash.uniform(row: row, column: 23) < 0.3 ? "test" : "train", whole(patient.age),
      StarterNames.admissionTypes[patient.admission].name, StarterNames.wards[patient.ward].name,
      diagnosis, StarterNames.destinations[patient.destination].name, whole(patient.stay),
      "\(recordedAdmissions)", whole(patient.comorbidity), tenths(haemoglobin),
      isMissing ? "" : whole(patient.creatinine), whole(patient.pressure),
      whole(patient.medications), whole(patient.saturation), isReadmitted ? "1" : "0",
    ]
  }

  /// The log odds of a readmission: linear in what the ward sees, plus diagnosis and hospital.
  private func logOdds(of patient: Patient, in hospital: StarterHospital) -> Double {
    let measured =
      0.55 * (patient.priorAdmissions - 1.2) * hospital.admissionsEffect
      + 0.22 * (patient.comorbidity - 2.7) + 0.05 * (patient.stay - 6.2)
      - 0.22 * (patient.haemoglobin - 12.4) + 0.006 * (patient.creatinine - 96)
      - 0.008 * (patient.pressure - 128) + 0.015 * (patient.age - 66)
      + 0.06 * (patient.medications - 8) - 0.10 * (patient.saturation - 96.4)
    return 1.15 * measured + StarterNames.admissionTypes[patient.admission].effect
      + StarterNames.destinations[patient.destination].effect
      + StarterNames.wards[patient.ward].effect + diagnosisEffects[patient.diagnosis]
      + hospital.labelShift - 1.0
  }

  /// The band of an age, a segment.
  static func ageBand(_ age: Double) -> String {
    age < 50 ? "under 50" : age < 65 ? "50 to 64" : age < 80 ? "65 to 79" : "80 and over"
  }

  private func whole(_ value: Double) -> String { "\(Int(value.rounded()))" }

  private func tenths(_ value: Double) -> String {
    let tenths = Int((value * 10).rounded())
    return "\(tenths / 10).\(tenths % 10)"
  }
}

/// The true state of one invented patient, before the record systems lose some of it.
private struct Patient {
  let age, stay, priorAdmissions, comorbidity: Double
  let haemoglobin, creatinine, pressure, medications, saturation: Double
  let admission, ward, diagnosis, destination: Int
  let isFemale, speaksOther: Bool

  init(row: Int, hospital: StarterHospital, hash: CounterHash) {
    func normal(_ column: Int) -> Double { hash.normal(row: row, column: column) }
    func uniform(_ column: Int) -> Double { hash.uniform(row: row, column: column) }
    func pick(_ column: Int, _ shares: [Double]) -> Int {
      let u = uniform(column)
      return shares.firstIndex { u < $0 } ?? shares.count
    }
    let severity = normal(0) + hospital.severityShift
    isFemale = uniform(2) < 0.51
    speaksOther = uniform(3) < 0.14
    age = clamp((66 + hospital.ageShift + 14 * normal(1)).rounded(), 18, 99)
    let position = uniform(4)
    // The power 1.5 makes the first diagnoses more frequent than the last.
    diagnosis = Int(position * position.squareRoot() * Double(StarterNames.diagnoses.count))
    admission = pick(5, [0.55, 0.82])
    destination = pick(7, [0.55, 0.78, 0.92])
    ward = pick(8, [0.3, 0.5, 0.68, 0.82, 0.92])
    comorbidity = clamp(
      (2.5 + 1.3 * severity + 1.2 * normal(9) + 0.03 * (age - 66)).rounded(), 0, 15)
    priorAdmissions = clamp((1.0 + 0.9 * severity + 1.3 * normal(10)).rounded(), 0, 12)
    stay = clamp((6 + 2.5 * severity + 3 * normal(11)).rounded(), 1, 60)
    haemoglobin = clamp(12.8 - 0.8 * severity + 1.5 * normal(12) - (isFemale ? 0.6 : 0), 4, 20)
    creatinine = clamp(95 + 22 * severity + 24 * normal(13), 35, 400)
    pressure = clamp(128 - 6 * severity + 17 * normal(14), 60, 220)
    medications = clamp((6 + comorbidity + 2.5 * normal(15)).rounded(), 0, 30)
    saturation = clamp(96.5 - severity + 1.4 * normal(16), 70, 100)
  }
}

private func clamp(_ value: Double, _ low: Double, _ high: Double) -> Double {
  min(max(value, low), high)
}
