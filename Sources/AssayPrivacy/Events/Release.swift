/// Equal releases after the neighbouring relation has been worked into them: what the accountants see.
///
/// What two neighbouring data sets look like to an observer is one of these pairs of distributions,
/// N(c) being the noise moved by c, and one record moving the query by m:
/// - `whole`: `N(m)` against `N(0)`.
/// - `poisson`: `(1−q)·N(0) + q·N(m)` against `N(0)`, in both directions; the worse one counts.
/// - `poissonReplace`: `(1−q)·N(0) + q·N(m)` against `(1−q)·N(0) + q·N(−m)`.
/// - `fixedReplace`: a fixed-size sample without replacement, in which the record moves by m.
///
/// Why `poissonReplace` is the worst case: condition on the other records. For an event A with
/// `P(A) = t` under N(0), the moved noise gives A at most what it gives the half-line of probability
/// t in the direction of the move, and at least what it gives the opposite one (Neyman–Pearson: all
/// noise here is symmetric and log-concave); opposite moves reach both with the same half-line, for every
/// t and every weight e^ε.
struct Release: Hashable {
  enum Pair: Int { case whole, poisson, poissonReplace, fixedReplace }

  /// Gaussian and Laplace noise are measured in units of the record's move. Discrete noise is on whole
  /// numbers. `answers` is randomised response, `opaque` a release known by its ε and δ alone.
  enum Noise: Int {
    case gaussian, laplace, discreteGaussian, discreteLaplace, skellam, answers, opaque

    /// Whether the loss takes countably many values.
    var isDiscrete: Bool { rawValue >= Noise.discreteGaussian.rawValue }
  }

  var noise: Noise
  var pair: Pair
  /// Gaussian: σ over the move; Laplace: b over the move; discrete noise: its standard deviation, or b, on
  /// the whole numbers; `answers`: the probability of an even draw; `opaque`: ε. Above 0 but for the last two.
  var scale: Double
  /// How far the record moves a whole number; the number of `answers`; else 1.
  var move = 1
  /// δ of an opaque release.
  var lostDelta = 0.0
  /// How many records of one group join, each on its own, in a `poisson` Gaussian release.
  var group = 1
  /// Sampling rate; 1 for `whole`.
  var rate: Double
  /// How many, at least 1.
  var count = 1

  /// What the release is without amplification by sampling.
  var unsampled: Release {
    var copy = self
    // A poissonReplace record moves by one sensitivity to either side: two in all.
    if pair == .poissonReplace { copy.doubleMove() }
    copy.scale /= Double(group)
    copy.group = 1
    copy.pair = .whole
    copy.rate = 1
    return copy
  }

  /// Lets the record move twice as far.
  mutating func doubleMove() {
    if noise.isDiscrete { move *= 2 } else { scale /= 2 }
  }

  /// A fixed order, whatever the order of the events.
  static func precedes(_ a: Release, _ b: Release) -> Bool {
    if a.noise != b.noise { return a.noise.rawValue < b.noise.rawValue }
    if a.pair != b.pair { return a.pair.rawValue < b.pair.rawValue }
    if a.scale != b.scale { return a.scale < b.scale }
    if a.move != b.move { return a.move < b.move }
    if a.lostDelta != b.lostDelta { return a.lostDelta < b.lostDelta }
    if a.group != b.group { return a.group < b.group }
    return a.rate < b.rate
  }
}
