/// One invented hospital of the starter pilot, and how it differs from the others.
struct StarterHospital: Sendable {
  /// Its id, `H01` … `H20`; the client of the federation.
  let id: String
  /// Its rows, train and test together.
  let rows: Int
  /// Its region; a segment.
  let region: String
  /// Who made its patient record system; a segment. `Cedar` exports less than the others.
  let vendor: String
  /// Years added to its patients' age (feature shift).
  let ageShift: Double
  /// Added to its patients' severity, in standard deviations (feature shift).
  let severityShift: Double
  /// Added to the log odds of readmission (label shift).
  let labelShift: Double
  /// Factor on the effect of earlier admissions (concept shift): on the coast a follow-up programme
  /// takes half of it away.
  let admissionsEffect: Double

  /// The twenty hospitals, 10,000 rows together, from 1,320 down to 90.
  static let all: [StarterHospital] = [
    hospital("H01", 1_320, "north", "Alder", 0, 0.0, 0.0, 1.0),
    hospital("H02", 1_100, "south", "Birch", 2, 0.1, 0.1, 1.0),
    hospital("H03", 960, "north", "Alder", -2, -0.1, -0.1, 1.1),
    hospital("H04", 840, "coast", "Birch", 4, 0.2, 0.2, 0.6),
    hospital("H05", 760, "south", "Alder", -4, -0.2, 0.0, 0.9),
    hospital("H06", 680, "inland", "Alder", 1, 0.3, 0.3, 1.1),
    hospital("H07", 600, "north", "Birch", -6, -0.3, -0.2, 1.0),
    hospital("H08", 540, "coast", "Alder", 6, 0.1, 0.1, 0.5),
    hospital("H09", 480, "south", "Birch", 0, 0.0, -0.3, 1.0),
    hospital("H10", 440, "inland", "Birch", 3, 0.4, 0.2, 1.2),
    hospital("H11", 390, "north", "Alder", -3, 0.0, 0.0, 0.9),
    hospital("H12", 350, "coast", "Birch", 8, 0.2, 0.3, 0.5),
    hospital("H13", 310, "south", "Cedar", 0, 0.0, 0.0, 1.0),
    hospital("H14", 270, "inland", "Alder", -8, -0.4, -0.3, 1.1),
    hospital("H15", 230, "north", "Birch", 2, 0.1, 0.1, 1.0),
    hospital("H16", 200, "south", "Alder", 5, 0.3, 0.2, 1.2),
    hospital("H17", 170, "coast", "Alder", -5, -0.1, -0.1, 0.6),
    hospital("H18", 150, "inland", "Cedar", 2, 0.1, 0.0, 1.0),
    hospital("H19", 120, "inland", "Birch", -2, 0.2, 0.4, 0.9),
    hospital("H20", 90, "north", "Birch", 10, 0.5, 0.1, 1.0),
  ]

  private static func hospital(
    _ id: String, _ rows: Int, _ region: String, _ vendor: String, _ age: Double,
    _ severity: Double, _ label: Double, _ admissions: Double
  ) -> StarterHospital {
    StarterHospital(
      id: id, rows: rows, region: region, vendor: vendor, ageShift: age, severityShift: severity,
      labelShift: label, admissionsEffect: admissions)
  }
}

/// The names that text columns of the starter pilot hold, with their effect on the log odds.
enum StarterNames {
  static let admissionTypes: [(name: String, effect: Double)] = [
    ("emergency", 0.25), ("planned", -0.35), ("transfer", 0.2),
  ]
  static let wards: [(name: String, effect: Double)] = [
    ("internal medicine", 0.2), ("surgery", -0.3), ("cardiology", 0.0), ("neurology", 0.1),
    ("orthopaedics", -0.2), ("geriatrics", 0.35),
  ]
  static let destinations: [(name: String, effect: Double)] = [
    ("home", -0.2), ("home with care", 0.1), ("rehabilitation", 0.0), ("nursing home", 0.7),
  ]
  /// What a Cedar system exports instead of a diagnosis.
  static let notCoded = "not coded"
  /// Diagnosis groups, frequent ones first; each has its own effect, drawn from the table's seed.
  static let diagnoses: [String] = [
    "heart failure", "pneumonia", "chronic lung disease", "atrial fibrillation", "stroke",
    "hip fracture", "sepsis", "urinary infection", "acute kidney injury", "diabetes",
    "myocardial infarction", "angina", "gastrointestinal bleeding", "cellulitis", "syncope",
    "chronic kidney disease", "knee replacement", "hip replacement", "gallstones", "pancreatitis",
    "bowel obstruction", "diverticulitis", "appendicitis", "hernia", "colon cancer",
    "lung cancer", "breast cancer", "prostate cancer", "lymphoma", "leukaemia",
    "anaemia", "deep vein thrombosis", "pulmonary embolism", "peripheral artery disease",
    "aortic aneurysm", "valve disease", "hypertension", "electrolyte disorder", "dehydration",
    "epilepsy", "parkinson disease", "dementia", "delirium", "transient ischaemic attack",
    "multiple sclerosis", "head injury", "rib fracture", "wrist fracture", "spinal stenosis",
    "back pain", "osteomyelitis", "arthritis", "gout", "asthma", "bronchitis", "influenza",
    "liver cirrhosis", "hepatitis", "thyroid disease", "wound infection",
  ]
}
