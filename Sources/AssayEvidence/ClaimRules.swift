extension ClaimsLinter {
  /// The rules in order of their ids.
  public static let rules: [ClaimRule] = [
    ClaimRule(
      "CLM-001", .error, "Nobody can show that data or updates are anonymous by training alone.",
      suggestion: "say which identifiers were removed, by whom, and what could still be linked",
      [
        "anonymous*", "anonymis*", "anonymiz*", "anonymity", "de-identif*", "deidentif*",
        "de-anonymi* … impossible",
      ]),
    ClaimRule(
      "CLM-002", .error, "Hashing an identifier does not make it anonymous.",
      suggestion: "say that hashed identifiers are still personal data and who holds the key",
      [
        "hash* … private", "hash* … anonymous*", "hash* … safe", "hash* … unlinkable",
        "hash* … protect*",
      ]),
    ClaimRule(
      "CLM-003", .error, "A trained model can hold personal data; absence needs an assessment.",
      suggestion: "say which test for memorised records was run, and what it found",
      [
        "no personal data|information", "free of|from personal data|information",
        "not contain … personal data|information", "without personal data|information",
      ], heedsDenial: false),
    ClaimRule(
      "CLM-004", .warning, "Updates computed from the data do leave, and they carry information.",
      suggestion: "say 'raw training records stay …' and name what leaves",
      [
        "data never leave*", "data do|does not leave",
        "data stay*|remain* on|at|in|inside|within|with",
        "nothing leaves", "data … never leave*", "data … not leave",
      ], licence: .words(["raw"]), heedsDenial: false),
    ClaimRule(
      "CLM-005", .error, "Updates leak information; that only they are shared is no protection.",
      suggestion: "say what is shared, who can see it, and what could be learned from it",
      [
        "only … gradients|weights|updates|parameters … safe|private|secure|harmless|risk",
        "only … gradients|weights|updates|parameters … protect*",
        "safe|private|secure|protected because … gradients|weights|updates|parameters",
        "gradients|weights|updates|parameters … reveal|leak nothing|no",
        "gradients|weights|updates|parameters … contain no|nothing",
      ], heedsDenial: false),
    ClaimRule(
      "CLM-006", .warning, "'Privacy-preserving' alone says nothing that can be checked.",
      suggestion: "name the mechanism and its parameters",
      ["privacy-preserving", "privacy preserving", "privacy-friendly", "preserv* privacy"],
      licence: .words([
        "noise", "differential*", "differentially", "clip*", "epsilon", "ε", "aggregation",
        "encrypt*",
      ])),
    ClaimRule(
      "CLM-007", .error, "A word of proof needs the proof: parameters, unit and assumptions.",
      suggestion: "give ε, δ, the unit and the accountant instead",
      [
        "provabl* private|secure|protect*|safe", "mathematical* private|secure|protect*|proven",
        "formally private|secure|protect*", "provabl* … privacy", "mathematical* guarantee*",
      ]),
    ClaimRule(
      "CLM-008", .error, "Nothing is wholly private or secure.",
      suggestion: "say against whom and against what it protects, and what remains",
      [
        "fully|completely|totally|absolutely|perfectly|entirely|wholly private|secure|safe|"
          + "protected|confidential",
        "complete|total|absolute|perfect|full privacy|security|confidentiality|protection",
        "privacy|security is ensured|assured", "private|secure|safe by design",
        "ensures|assures privacy|confidentiality|security",
      ]),
    ClaimRule(
      "CLM-009", .error, "Differential privacy without ε, δ and unit is no statement.",
      suggestion: "give ε, δ and whom one unit of privacy stands for in the same paragraph",
      [
        "differentially private", "differentially-private",
        "satisf* differential privacy", "protected by differential privacy",
        "guarantee* differential privacy", "achiev* differential privacy",
      ], licence: .formalStatement),
    ClaimRule(
      "CLM-010", .error, "Protection of whole persons is more than protection of records.",
      suggestion: "cite DP-7, or name the unit that was accounted",
      [
        "user-level|person-level|patient-level differential*|dp|privacy|protection",
        "user|person|patient level differential*|dp|privacy",
      ], licence: .citing(["DP-7"])),
    ClaimRule(
      "CLM-011", .error, "'Strong' privacy has no meaning without its parameters.",
      suggestion: "quote ε, δ and unit and leave the judgement to the reader",
      [
        "strong|strongest|rock-solid differential*|dp|privacy", "strongly private",
        "state-of-the-art privacy",
      ]),
    ClaimRule(
      "CLM-012", .error,
      "Secure aggregation hides single updates from some parties; sums are seen.",
      suggestion: "say from whom single updates are hidden, and that the sum is visible",
      [
        "secure aggregation ensures|guarantees|protects|makes",
        "server … cannot|can't|never see*|learn*|access*|read*",
        "server … can not|never see|learn|access|read", "server … sees|learns nothing",
        "nobody can see|learn|access|read", "no one can see|learn|access|read",
      ], licence: .words(["sum", "sums", "aggregate"]), heedsDenial: false),
    ClaimRule(
      "CLM-013", .error, "A word for a protocol needs the review of that protocol.",
      suggestion: "cite SA-5, or describe what is encrypted between whom",
      [
        "end-to-end encrypt*", "end to end encrypt*", "zero-knowledge", "zero knowledge",
        "trustless", "zero-trust",
      ], licence: .citing(["SA-5"])),
    ClaimRule(
      "CLM-014", .error, "Absolute words promise what no measurement can show.",
      suggestion: "say which attack was tried and that it did not succeed, or name the limit",
      [
        "cannot|can't be reverse*|reconstruct*|re-identif*|reidentif*|recovered|traced|hacked|"
          + "attacked|extracted|linked",
        "can not|never be reverse*|reconstruct*|re-identif*|reidentif*|recovered|traced|hacked|"
          + "attacked|extracted|linked",
        "impossible to reverse*|reconstruct*|re-identif*|reidentif*|recover|trace|infer|hack|"
          + "attack|extract|link|identify",
        "re-identif*|reidentif*|reconstruct* … impossible",
      ], heedsDenial: false),
    ClaimRule(
      "CLM-015", .error, "Compliance is found by people who answer for it, not stated by a tool.",
      suggestion: "name the assessment, who made it and when, as an attestation of PC-4",
      [
        "gdpr|hipaa|ccpa|act compliant|conformant|certified",
        "gdpr-compliant|hipaa-compliant|ccpa-compliant|gdpr-conform*", "compliant with",
        "compl* with … gdpr|hipaa|law*|regulation*|act", "legally|fully compliant",
        "is|are certified", "certified by|as|private|secure|compliant",
        "approved by … regulator*|authorit*|fda|ico|cnil|edpb",
      ]),
    ClaimRule(
      "CLM-016", .error, "Fairness is a measured gap over named groups, with its interval.",
      suggestion: "say 'the gap in <metric> between <groups> was …, interval …'",
      [
        "unbiased", "bias-free", "free of|from bias", "no bias", "without bias",
        "non-discriminatory", "not discriminate", "is|are fair", "fair to|for all|every*",
        "treats every*|all … equally|fairly", "completely|fully|perfectly fair",
      ], heedsDenial: true),
    ClaimRule(
      "CLM-017", .error, "Equality with a central model is a measured margin with its interval.",
      suggestion: "cite UT-1 and quote the difference with its interval",
      [
        "no accuracy|performance loss", "no loss of|in accuracy|performance",
        "without accuracy|performance loss", "without loss|losing … accuracy|performance",
        "without any loss", "as accurate|good as … central*",
        "same accuracy|performance as … central*",
        "identical to … central*",
      ], licence: .citing(["UT-1"]), heedsDenial: false),
    ClaimRule(
      "CLM-018", .warning, "Such words stand for a verdict that only the checklist may give.",
      suggestion: "quote the readiness verdict with profile and date",
      [
        "production-ready", "production ready", "trustworthy", "responsible ai", "is|are safe",
        "safe to use|deploy", "battle-tested",
      ]),
    ClaimRule(
      "CLM-019", .error, "A budget can be left or spent only where a ledger is kept.",
      suggestion: "cite DP-8 and quote the ledger",
      [
        "privacy budget … left|remaining|remains|exhausted|spent|unused",
        "remaining privacy budget", "unused privacy budget",
      ], licence: .citing(["DP-8"])),
    ClaimRule(
      "CLM-020", .warning, "That data stand for others needs a comparison with those others.",
      suggestion: "cite PD-4, or name whom the data describe and whom they do not",
      ["representative", "real-world", "real world performance|data|conditions"],
      licence: .citing(["PD-4"])),
    ClaimRule(
      "CLM-021", .warning, "How small a risk is needs an assessment with a name and a date.",
      suggestion: "name the assessment, or describe the risk without rating it",
      [
        "minimal|negligible|low|insignificant|tiny|little|very-low risk|risks",
        "risk|risks is|are minimal|negligible|low|insignificant|tiny",
        "practically|virtually|nearly impossible",
      ]),
    ClaimRule(
      "CLM-022", .error, "A promise is not a measurement.",
      suggestion: "say what was measured, in which run, with which interval",
      [
        "guaranteed",
        "guarantees that|privacy|security|anonymity|confidentiality|fairness|accuracy|safety|"
          + "protection|no", "we guarantee",
        "guarantee privacy|security|anonymity|confidentiality|fairness|accuracy|safety|that",
        "100% private|secure|safe|accurate|protected|confidential|reliable",
        "100 %|percent private|secure|safe|accurate|protected|confidential|reliable",
        "bulletproof",
        "unhackable", "unbreakable", "military-grade", "military grade", "foolproof",
        "bank-grade", "future-proof", "leak-proof", "tamper-proof",
      ]),
    ClaimRule(
      "CLM-023", .error, "No system is without risk.",
      suggestion: "name the risks that remain",
      [
        "zero risk", "no … risk|risks",
        "eliminat*|remov*|avoid* all|any|every … risk|risks", "risk-free", "risk free",
        "without … risk|risks",
      ],
      licence: .words(["assess*", "analys*", "register", "owner", "model*", "document*"]),
      heedsDenial: false),
  ]
}
