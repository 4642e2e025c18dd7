/// The texts of the starter pilot, as people read them.
enum StarterTexts {
  /// `pilot.yaml`: every key with its meaning.
  static let pilot = """
    # A pilot: which data, which model, which ways of training, and what must hold.
    # Run it with:  assay run pilot.yaml -o out
    # A key that is not known here is an error, with the nearest valid name.
    assay: 1                      # version of this format
    name: hospital-readmission    # shown in every document

    data:
      path: data.csv              # beside this file; CSV with a header
      id: record_id               # an admission; the same id in train and test would be a leak
      client: hospital_id         # which party holds the row
      client_is: silo             # silo: client-level privacy protects a hospital, not a patient
      label: readmitted           # 0 or 1
      segments: [region, record_vendor, age_band]   # evaluated one by one; not features
      sensitive: [sex, language]  # for fairness; not features
      split: {column: split}      # holds train or test; drawn once, the same for all arms
      scaling: standard           # learned from training rows: not covered by a privacy budget
      # features: [age, ward]     # default: every column not named above; text is one-hot encoded
      # An empty field is filled: numbers by the mean of the training rows, text by no category.

    model: {kind: mlp, hidden: [16]}   # one hidden layer; {kind: softmax} is logistic regression

    seeds: [1, 2, 3]              # each arm is trained once with each seed

    arms:
      # What one could reach if all rows were in one place.
      - {name: baseline, kind: centralized, epochs: 10, batch_size: 32, learning_rate: 0.05}
      # What each hospital reaches alone.
      - {name: local, kind: local, epochs: 20, batch_size: 32, learning_rate: 0.05}
      # Federated averaging; in every round each hospital is asked, and about one in twenty fails.
      - name: federated
        kind: federated
        algorithm: fedavg
        rounds: 25
        clients_per_round: all    # or a count, or a fraction below 1
        local: {epochs: 2, batch_size: 32, learning_rate: 0.1}
        dropout: 0.05
      # The same with differential privacy for a hospital: updates are clipped, noise is added to
      # their sum. Noise is drawn from the seed: a simulation that describes the mechanism.
      - name: federated-dp
        extends: federated
        privacy: {unit: client, clip: 0.5, epsilon: 8}
        # delta defaults to min(1e-5, 1/N^1.1), N = 20 hospitals
        # budgets: [2, 8, 32, inf] instead of epsilon gives one arm for each budget,
        # federated-dp-eps2 and so on; then name those under success, and one as candidate

    # candidate: federated-dp       # the arm that may be released; default: the first with noise

    # Fixed before anything is trained; each is judged supported, not supported or inconclusive.
    # margin: the worsening tolerated, in the metric's unit.
    success:
      - {arm: federated, against: baseline, metric: accuracy, margin: 0.02}
      - {arm: federated, against: local, metric: accuracy, margin: 0}
      - {arm: federated-dp, against: federated, metric: accuracy, margin: 0.03}

    checklist: {file: checklists/pilot-readiness.yaml, profile: cross-silo}
    statements: statements.yaml   # what only people can say; goes into the model card

    """

  /// `README.md` of the pilot.
  static let readme = """
    # Starter pilot: readmission in twenty hospitals

    The data is invented. No row describes a person, no hospital exists; every number comes out of
    a generator with a fixed seed, so your copy is the same as everybody's.

    ```
    assay run pilot.yaml -o out
    assay verify out
    assay reproduce out --record
    ```

    Open `out/pilot-readiness.html`, and from there the other three documents. The first command
    takes about a second and ends with exit code 1: the gate is not met, and the documents say
    which checks and why. That is the expected end; nothing went wrong. The second compares what was
    written with its sources. The third trains everything again, compares bit by bit, and records
    the success, with which check RP-2 is met.

    ## What is in the data

    10,000 stays, one row each; `readmitted` says whether the patient came back within 90 days
    (about 39 %). Twenty hospitals hold between 1,320 and 90 rows. About 3 % of the creatinine
    values are missing.

    | columns | used as |
    | --- | --- |
    | `record_id` | one admission, each once |
    | `hospital_id` | the client |
    | `region`, `record_vendor`, `age_band` | segments |
    | `sex`, `language` | sensitive columns, for fairness |
    | `split` | train or test, about 70 to 30 |
    | `readmitted` | label |
    | all others: 9 numbers, 4 texts | features |

    ## What was built into it

    Compare what the documents find with what is there to be found:

    - **Unequal sizes.** The largest hospital has fifteen times the rows of the smallest. Sixty
      diagnoses are too many to learn from 90 rows: training alone costs 0.057 of accuracy against
      pooled data, federation 0.009.
    - **Feature shift.** Hospitals differ in their patients' age (up to ten years) and severity.
    - **Label shift.** At equal measurements, hospitals differ in how often patients return.
    - **Concept shift.** In the region `coast` a follow-up programme takes away about half of the
      effect of earlier admissions. One model for all hospitals cannot know that.
    - **A vendor that loses signal.** The record system `Cedar` (hospitals H13 and H18, 460 rows)
      exports neither diagnoses nor earlier admissions, and haemoglobin in mmol/L instead of g/dL.
      Look at the segment `record_vendor=Cedar`: the worst vendor in every arm, on 139 test rows,
      which are too few to tell it from the rest. That, too, is a finding.
    - **A group whose history is thinner.** For patients with another language (14 %), half of the
      earlier admissions are not in the record; their readmissions are found less often. Look at
      `equal_opportunity_difference` over `language`: 0.15 in the federated arm, 0.06 to 0.24.

    ## Why the private arm fails, and why that is useful

    The private arm protects a *hospital*: what one hospital contributes must drown in noise. With
    twenty of them, the noise of one round is (noise multiplier × clip / 20) in every coordinate
    of the mean, 0.075, and there are 1,361 coordinates. At ε = 8 this costs 0.041 of accuracy, and
    the pilot tolerates 0.03. `out/dp-feasibility.html` says "not feasible at 20 silos", that about
    80 hospitals would do, and names the alternatives.

    ## Files

    | file | what |
    | --- | --- |
    | `pilot.yaml` | the plan; each key is explained there |
    | `data.csv` | the generated rows |
    | `statements.yaml` | what people have to say; gaps appear as "not provided by …" |
    | `checklists/pilot-readiness.yaml` | the checks, as data; change them for your organisation |
    | `ci/` | for GitHub Actions, GitLab CI and Jenkins; they publish documents, never rows |

    """
}
