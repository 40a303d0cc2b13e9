// What came of a correction at the archive that results go to: an Orthanc with its own interface.

/** How long the node may take to write and deliver. */
const PATIENCE_MS = 240_000;

async function json(address) {
  const answer = await fetch(address);
  if (!answer.ok) throw new Error(`${address} answers ${answer.status}`);
  return answer.json();
}

/** Results of a study at the archive, by modality. */
async function results(archive, study) {
  const found = await fetch(`${archive}/tools/find`, {
    method: "POST",
    body: JSON.stringify({ Level: "Instance", Query: { StudyInstanceUID: study }, Expand: false }),
  });
  const all = {};
  for (const id of await found.json()) {
    const tags = await json(`${archive}/instances/${id}/simplified-tags`);
    if (!["SEG", "SR", "DOC"].includes(tags.Modality)) continue;
    (all[tags.Modality] ??= []).push(tags);
  }
  return all;
}

/** Says what is missing of the second version of a study's results. */
export async function corrected({ archive }, study) {
  const end = Date.now() + PATIENCE_MS;
  let all = {};
  while (Date.now() < end) {
    all = await results(archive, study);
    if (["SEG", "SR", "DOC"].every((kind) => (all[kind]?.length ?? 0) >= 2)) break;
    await new Promise((done) => setTimeout(done, 2_000));
  }
  const found = [];
  for (const kind of ["SEG", "SR", "DOC"]) {
    const count = all[kind]?.length ?? 0;
    if (count < 2) found.push(`the archive has ${count} ${kind} of the study, not both versions`);
  }
  const signed = (all.SR ?? []).filter(({ VerificationFlag }) => VerificationFlag === "VERIFIED");
  if (signed.length !== 1) found.push(`${signed.length} reports are verified, not one`);
  const [report] = signed;
  if (!report?.VerifyingObserverSequence?.length) found.push("nobody is named who verified");
  const before = report?.PredecessorDocumentsSequence;
  if (!before?.length) found.push("the verified report does not name what it replaces");
  return found;
}
