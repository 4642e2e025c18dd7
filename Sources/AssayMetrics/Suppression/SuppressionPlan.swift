import AssayRuns

/// Which cells of an evaluation are hidden, and the reason printed in their place.
///
/// A plan follows from counts alone, so whoever measures a table (row by row, by one sweep, from
/// statistics) hides the same cells. Decision record 0019 says what is hidden and why.
public struct SuppressionPlan: Hashable, Sendable {
  /// What is hidden of one cell, each with its reason.
  public struct Cell: Hashable, Sendable {
    /// Why all numbers of the cell are hidden; `nil` when they are not.
    public var all: String?
    /// Why all numbers that need labels are hidden.
    public var labelled: String?
    /// Why the numbers from which the labels of the cell could be counted are hidden.
    public var classes: String?
    /// Whether ``classes`` hides the selection rate too: beside the accuracy it would tell the labels.
    public var hidesSelections = false

    /// Why all numbers that counts of labels and predictions decide are hidden.
    public var rates: String?

    /// Whether nothing is hidden.
    public var isShown: Bool { all == nil && labelled == nil && classes == nil && rates == nil }

    /// Whether counts of labels are hidden.
    var hidesLabels: Bool { labelled != nil || classes != nil || rates != nil }

    /// Creates a cell of which nothing is hidden.
    public init() {}

    /// Why a metric of the cell is hidden; `nil` when it is not.
    public func reason(metric id: String) -> String? {
      if let all { return all }
      if let labelled, id != "selection_rate" { return labelled }
      if let rates, !Self.losses.contains(id) { return rates }
      if let classes, !Self.safeWithoutClasses.contains(id) { return classes }
      if let classes, hidesSelections, id == "selection_rate" { return classes }
      return nil
    }

    /// Metrics that counts do not decide.
    static let losses: Set<String> = [
      "log_loss", "brier_score", "expected_calibration_error", "mean_absolute_error",
      "mean_squared_error", "root_mean_squared_error", "median_absolute_error", "r2_score",
      "mean_error", "explained_variance_score", "mean_absolute_percentage_error", "max_error",
    ]

    /// Metrics that do not tell how many rows have label 1: shares of right predictions and means
    /// over rows.
    static let safeWithoutClasses: Set<String> = [
      "accuracy", "log_loss", "brier_score", "expected_calibration_error", "selection_rate",
    ]
  }

  /// The whole table.
  public internal(set) var overall = Cell()
  /// Cells by column, in the order of its groups. A column without an entry is shown.
  public internal(set) var columns: [String: [Cell]] = [:]

  /// Nothing is hidden.
  public init() {}

  /// What is hidden of a group.
  public func cell(column: String, group: Int) -> Cell {
    guard let cells = columns[column], cells.indices.contains(group) else { return Cell() }
    return cells[group]
  }

  /// The plan for a table under the options' minimums.
  public init(_ table: ScoredTable, options: EvaluationOptions) {
    self.init(table, prepared: PreparedTable(table, options: options), options: options)
  }

  init(_ table: ScoredTable, prepared: PreparedTable, options: EvaluationOptions) {
    guard PreparedTable.isConsistent(table) else { return }
    var counts = DisclosureTable(
      table, prepared: prepared, countsClients: options.minimumClients > 1)
    var planner = SuppressionPlanner(counts, options: options)
    if planner.needsDetails {
      counts.addDetails(prepared)
      planner.counts = counts
      planner.protect()
    }
    self = planner.plan
  }
}

/// Works out a plan from counts.
struct SuppressionPlanner {
  typealias Bounds = BoundedProgram.Bounds

  /// Why a cell is hidden.
  enum Cause: Hashable, Sendable {
    case fewRows
    case fewClients
    case complement
    case withdrawn
  }

  var counts: DisclosureTable
  let options: EvaluationOptions
  /// By cell; `nil` where it is shown.
  private(set) var all: [Cause?]
  private(set) var labelled: [Cause?]
  private(set) var classes: [Cause?]
  private(set) var rates: [Cause?] = []

  private var minimum: Int { options.minimumCount }
  /// A label with fewer rows than this, and at least one, is not counted in public.
  private var labelMinimum: Int { min(options.minimumLabelCount, minimum) }

  init(_ counts: DisclosureTable, options: EvaluationOptions) {
    self.counts = counts
    self.options = options
    let cells = counts.rows.indices
    all = cells.map { cell in
      let rows = counts.rows[cell]
      if rows == 0 { return nil }
      if rows < options.minimumCount { return .fewRows }
      if let clients = counts.clients, clients[cell] < options.minimumClients { return .fewClients }
      return nil
    }
    labelled = all
    for cell in cells where all[cell] == nil {
      let rows = counts.labelled[cell]
      if rows > 0, rows < options.minimumCount { labelled[cell] = .fewRows }
    }
    classes = labelled
    guard counts.classes.count == 2 else { return }
    for cell in cells.dropFirst() where labelled[cell] == nil {
      if counts.classes.contains(where: { isFew($0[cell]) }) { classes[cell] = .fewRows }
    }
  }

  private func isFew(_ count: Int) -> Bool { count > 0 && count < labelMinimum }

  /// Whether a shown cell may have to be hidden for the sake of a hidden one.
  var needsDetails: Bool {
    if options.suppressesNumerators, !counts.classes.isEmpty { return true }
    return options.suppressesComplements && all[0] == nil && classes.contains { $0 != nil }
  }

  /// Hides further cells.
  mutating func protect() {
    if options.suppressesComplements, all[0] == nil {
      protectRows()
      if labelled[0] == nil { protectLabels() }
      protectClasses()
    }
    if options.suppressesNumerators { protectNumerators() }
  }

  /// Hides rates of few rows, the whole table's too, and further groups from which their numerators
  /// could be computed.
  private mutating func protectNumerators() {
    func isFew(_ count: Int) -> Bool { count > 0 && count < minimum }
    rates = counts.rows.indices.map { cell in
      if labelled[cell] != nil { return labelled[cell] }
      let layers = counts.numerators + counts.attributes
      return layers.contains { isFew($0[cell]) } ? .fewRows : nil
    }
    guard options.suppressesComplements, rates[0] == nil else { return }
    for values in counts.numerators + counts.attributes {
      let unknown = Bounds(low: 0, high: .infinity)
      var work = ComplementarySuppression(
        sums: counts.sums, columns: counts.columnOf, values: values,
        bounds: rates.map { $0.map { _ in unknown } },
        needs: rates.indices.map { cell in
          labelled[cell] == nil && rates[cell] != nil && isFew(values[cell])
            ? .range(low: 1, high: Double(minimum - 1)) : .none
        },
        complement: counts.rows.indices.map { cell in
          cell > 0 && counts.rows[cell] > 0 ? unknown : nil
        }, room: 2 * minimum - 1)
      if work.needs.allSatisfy({ $0 == .none }) { continue }
      work.showsUnneeded = false
      work.protect()
      for cell in rates.indices where rates[cell] == nil && work.bounds[cell] != nil {
        rates[cell] = .complement
      }
    }
  }

  private mutating func protectRows() {
    let least = Double(minimum)
    let isHideable = counts.rows.indices.map { $0 > 0 && counts.rows[$0] > 0 }
    guard all.contains(where: { $0 != nil }) else { return }
    var work = ComplementarySuppression(
      sums: counts.sums, columns: counts.columnOf, values: counts.rows,
      bounds: all.map { cause in
        switch cause {
        case nil: nil
        case .fewRows?: Bounds(low: 1, high: least - 1)
        default: Bounds(low: least, high: .infinity)
        }
      },
      needs: all.map { cause in
        switch cause {
        case .fewRows?: .range(low: 1, high: least - 1)
        case .fewClients?: .width(least)
        default: .none
        }
      },
      complement: isHideable.map { $0 ? Bounds(low: least, high: .infinity) : nil },
      room: 2 * minimum - 1)
    work.attributes = counts.attributes
    work.protect()
    for cell in all.indices where all[cell] == nil && work.bounds[cell] != nil {
      all[cell] = .complement
    }
    for cell in all.indices
    where work.withdrawn.contains(counts.columnOf[cell]) && counts.rows[cell] > 0 {
      all[cell] = .withdrawn
    }
    for cell in all.indices where all[cell] != nil {
      labelled[cell] = all[cell]
      classes[cell] = all[cell]
    }
  }

  /// Labelled rows of the groups that are shown without their labels.
  private mutating func protectLabels() {
    let least = Double(minimum)
    guard all.indices.contains(where: { all[$0] == nil && labelled[$0] != nil }) else { return }
    var work = ComplementarySuppression(
      sums: counts.sums, columns: counts.columnOf, values: counts.labelled,
      bounds: labelled.indices.map { cell in
        if all[cell] != nil { return Bounds(low: 0, high: .infinity) }
        return labelled[cell].map { _ in Bounds(low: 1, high: least - 1) }
      },
      needs: labelled.indices.map { cell in
        all[cell] == nil && labelled[cell] != nil ? .width(((least - 1) / 2).rounded(.down)) : .none
      },
      complement: labelled.indices.map { cell in
        cell > 0 && counts.labelled[cell] >= minimum
          ? Bounds(low: least, high: Double(counts.rows[cell])) : nil
      }, room: 2 * minimum - 1)
    work.protect()
    for cell in labelled.indices where labelled[cell] == nil && work.bounds[cell] != nil {
      labelled[cell] = .complement
    }
    for cell in labelled.indices where labelled[cell] != nil {
      classes[cell] = classes[cell] == .fewRows && all[cell] == nil ? .fewRows : labelled[cell]
    }
  }

  /// Rows of one label in the groups that are shown without counts of labels.
  private mutating func protectClasses() {
    guard counts.classes.count == 2, labelMinimum > 1 else { return }
    for values in counts.classes {
      guard
        classes.indices.contains(where: { classes[$0] != nil && labelled[$0] == nil })
      else { return }
      let least = Double(labelMinimum)
      var work = ComplementarySuppression(
        sums: counts.sums, columns: counts.columnOf, values: values,
        bounds: classes.indices.map { cell in
          classes[cell].map { _ in
            Bounds(
              low: 0, high: labelled[cell] == nil ? Double(counts.labelled[cell]) : .infinity)
          }
        },
        needs: classes.indices.map { cell in
          labelled[cell] == nil && classes[cell] != nil && isFew(values[cell])
            ? .range(low: 1, high: least - 1) : .none
        },
        complement: classes.indices.map { cell in
          cell > 0 && labelled[cell] == nil && counts.labelled[cell] > 0
            ? Bounds(low: 0, high: Double(counts.labelled[cell])) : nil
        }, room: 2 * labelMinimum - 1)
      work.protect()
      for cell in classes.indices where classes[cell] == nil && work.bounds[cell] != nil {
        classes[cell] = .complement
      }
    }
  }

  // MARK: The plan

  var plan: SuppressionPlan {
    var plan = SuppressionPlan()
    plan.overall = cell(0)
    for column in counts.columns {
      var cells = column.cells.map(cell)
      if tellsSelections(column) {
        for index in cells.indices where cells[index].classes != nil {
          cells[index].hidesSelections = true
        }
      }
      if cells.contains(where: { !$0.isShown }) { plan.columns[column.name] = cells }
    }
    return plan
  }

  /// Whether selection rates of the column's cells without counts of labels would tell them: where an
  /// arm is right about nearly all rows, its predictions are the labels.
  private func tellsSelections(_ column: DisclosureTable.Column) -> Bool {
    // After the two labels come, by arm and seed: predictions of 0 and 1, wrong and right ones.
    let predictions = stride(from: 2, to: counts.attributes.count - 3, by: 4)
    return column.cells.contains { cell in
      guard classes[cell] == .fewRows, labelled[cell] == nil else { return false }
      let unlabelled = counts.rows[cell] - counts.labelled[cell]
      return counts.classes.indices.contains { label in
        guard isFew(counts.classes[label][cell]) else { return false }
        return predictions.contains { place in
          let selected = counts.attributes[place + label][cell]
          let wrong = counts.attributes[place + 2][cell]
          return selected - unlabelled - wrong > 1 || selected + wrong < labelMinimum - 1
        }
      }
    }
  }

  private func cell(_ index: Int) -> SuppressionPlan.Cell {
    var cell = SuppressionPlan.Cell()
    cell.all = all[index].map(reason)
    cell.labelled = labelled[index].map(reason)
    if rates.indices.contains(index), all[index] == nil {
      cell.rates = rates[index].map { cause in
        cause == .fewRows
          ? "suppressed: fewer than \(minimum) in a numerator or its complement" : reason(cause)
      }
    }
    cell.classes = classes[index].map { cause in
      labelled[index] == nil && cause == .fewRows
        ? "suppressed: fewer than \(labelMinimum) rows of one label" : reason(cause)
    }
    return cell
  }

  private func reason(_ cause: Cause) -> String {
    switch cause {
    case .fewRows: "suppressed: fewer than \(minimum) rows"
    case .fewClients: "suppressed: fewer than \(options.minimumClients) clients"
    case .complement: "suppressed: a hidden group could be computed from it"
    case .withdrawn: "suppressed: too many small groups in this column"
    }
  }
}
