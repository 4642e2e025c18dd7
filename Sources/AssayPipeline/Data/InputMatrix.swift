import AssayDiagnostics
import AssayTables

/// The encoded inputs of the training and test rows, read straight from the files into two row-major
/// matrices of float32: each number is parsed in double precision, correctly rounded, and then
/// rounded once more.
struct InputMatrix {
  let train: PreparedData.Part
  let test: PreparedData.Part
  /// Empty fields of each input column among all rows.
  let missing: [Int]
  /// Test rows with a category that no training row has.
  let unseen: Int

  /// - Parameter targets: The numeric label of every row of each file; `nil` where the label is a class.
  init(
    files: [FileScan], encoding: Encoding, rows: [DataPreparation.Row], targets: [[Double]]? = nil
  ) throws {
    let width = encoding.names.count
    let testCount = rows.count(where: \.isTest)
    var counts = Counts(missing: encoding.inputs.map { _ in 0 })
    var train = Self.part(
      rows, isTest: false, count: rows.count - testCount, width: width, targets)
    var test = Self.part(rows, isTest: true, count: testCount, width: width, targets)
    var next = 0
    var starts = (train: 0, test: 0)
    for (index, file) in files.enumerated() {
      try file.readAgain { part, before in
        train.features.withUnsafeMutableBufferPointer { train in
          test.features.withUnsafeMutableBufferPointer { test in
            while next < rows.count, Int(rows[next].table) == index,
              Int(rows[next].row) < before + part.rowCount
            {
              let row = rows[next]
              let start = row.isTest ? starts.test : starts.train
              let out = UnsafeMutableBufferPointer(
                rebasing: (row.isTest ? test : train)[start..<start + width])
              Self.encode(
                row, of: part, at: Int(row.row) - before, encoding.inputs, into: out, &counts)
              if row.isTest { starts.test += width } else { starts.train += width }
              next += 1
            }
          }
        }
      }
    }
    self.train = train
    self.test = test
    missing = counts.missing
    unseen = counts.unseen
  }

  private struct Counts {
    var missing: [Int]
    var unseen = 0
  }

  private static func part(
    _ rows: [DataPreparation.Row], isTest: Bool, count: Int, width: Int, _ targets: [[Double]]?
  ) -> PreparedData.Part {
    var part = PreparedData.Part()
    part.rows.reserveCapacity(count)
    part.clients.reserveCapacity(count)
    for row in rows where row.isTest == isTest {
      part.rows.append(Int(row.row) + 1)
      if let targets {
        part.targets.append(targets[Int(row.table)][Int(row.row)])
      } else {
        part.labels.append(row.label)
      }
      part.clients.append(row.client)
    }
    part.features = [Float](repeating: 0, count: count * width)
    return part
  }

  /// Writes one row; categories find zeros and set one of them.
  private static func encode(
    _ row: DataPreparation.Row, of part: Table, at position: Int, _ inputs: [Encoding.Input],
    into out: UnsafeMutableBufferPointer<Float>, _ counts: inout Counts
  ) {
    var isUnseen = false
    for (index, input) in inputs.enumerated() {
      if let categories = input.categories {
        let category = categories[Int(row.table)][Int(row.row)]
        switch category {
        case -1: counts.missing[index] += 1
        case -2: isUnseen = true
        default: out[input.start + Int(category)] = 1
        }
        continue
      }
      let value = part.number(position, input.places[Int(row.table)])
      if value.isNaN { counts.missing[index] += 1 }
      out[input.start] = Float(value)
    }
    if isUnseen, row.isTest { counts.unseen += 1 }
  }
}
