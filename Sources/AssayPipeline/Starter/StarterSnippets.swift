/// CI snippets of the starter pilot.
///
/// They publish the documents, `gate.xml` and `evidence.json`, and nothing else: `runs/` holds
/// predictions row by row.
enum StarterSnippets {
  /// A GitHub Actions workflow.
  static let gitHubActions = """
    # Copy to .github/workflows/pilot.yml. Expects `assay` on the runner's PATH.
    name: pilot
    on: [pull_request]
    permissions:
      contents: read
    jobs:
      gate:
        runs-on: ubuntu-latest
        steps:
          - uses: actions/checkout@v4
          # Exit code 1: the gate is not met. The documents are written all the same.
          - run: assay run pilot.yaml -o out
          - uses: actions/upload-artifact@v4
            if: always()
            with:
              name: pilot-documents
              # Never out/runs: it holds predictions row by row.
              path: |
                out/evaluation.html
                out/model-card.html
                out/model-card.md
                out/model-card.json
                out/dp-feasibility.html
                out/pilot-readiness.html
                out/gate.xml
                out/evidence.json

    """

  /// A GitLab CI job.
  static let gitLab = """
    # Include from .gitlab-ci.yml. Expects `assay` in the job's image.
    pilot-gate:
      script:
        # Exit code 1: the gate is not met. The documents are written all the same.
        - assay run pilot.yaml -o out
      artifacts:
        when: always
        # Never out/runs: it holds predictions row by row.
        paths:
          - out/evaluation.html
          - out/model-card.html
          - out/model-card.md
          - out/model-card.json
          - out/dp-feasibility.html
          - out/pilot-readiness.html
          - out/gate.xml
          - out/evidence.json
        reports:
          junit: out/gate.xml

    """

  /// A Jenkins pipeline.
  static let jenkins = """
    // Expects `assay` on the agent's PATH.
    pipeline {
      agent any
      stages {
        stage('Pilot gate') {
          steps {
            // Exit code 1: the gate is not met. The documents are written all the same.
            sh 'assay run pilot.yaml -o out'
          }
        }
      }
      post {
        always {
          junit 'out/gate.xml'
          // Never out/runs: it holds predictions row by row.
          archiveArtifacts artifacts: 'out/*.html, out/model-card.md, out/model-card.json, out/gate.xml, out/evidence.json'
        }
      }
    }

    """
}
