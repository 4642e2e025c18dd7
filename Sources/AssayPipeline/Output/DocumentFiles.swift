import AssayDocuments
import AssayEvidence
import AssayFiles
import AssayRuns
import AssayTraining

/// The documents of an assessment, and `evidence.json`, as files.
func documentFiles(
  _ assessment: Assessment, environment: PipelineEnvironment
) throws -> [OutputFile] {
  let templates = try TemplateLibrary(
    folder: environment.templates ?? InstalledData().root + "/templates")
  var files = [OutputFile("evidence.json", assessment.encode().serialized())]
  for document in try renderDocuments(assessment, templates: templates) {
    files.append(OutputFile(document.fileName, document.content))
  }
  return files
}

extension AssessedPilot {
  /// Every file of the output folder but the manifest and the timings.
  func files(environment: PipelineEnvironment) throws -> [OutputFile] {
    var files = try documentFiles(assessment, environment: environment)
    files.append(OutputFile("pilot.yaml", pilot.bytes))
    files.append(OutputFile("statements.yaml", inputs.statementsBytes))
    files.append(OutputFile("checklist.yaml", inputs.checklistBytes))
    let predictions = PredictionFile(data: data)
    for arm in arms.arms {
      for run in arm.runs {
        let folder = "runs/\(run.folder)"
        files.append(
          OutputFile(
            "\(folder)/run.json", Array(run.run.fileJSON.serialized().utf8), isPrivate: true))
        if let scores = run.scores {
          files.append(
            OutputFile(
              "\(folder)/predictions.csv", predictions.content(scores: scores), isPrivate: true))
        }
        if !run.roundLog.isEmpty {
          files.append(OutputFile("\(folder)/rounds.jsonl", run.roundLog, isPrivate: true))
        }
        if !run.tensors.isEmpty {
          files.append(
            OutputFile(
              "\(folder)/model.safetensors", Safetensors.encode(run.tensors), isPrivate: true))
        }
      }
    }
    return files
  }
}
