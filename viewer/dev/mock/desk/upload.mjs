// Uploads, the roles of series, and jobs that move on while one looks.

const uploads = new Map();
const watchers = new Set();
const STAGES = ["identify", "assemble", "segment", "align", "track", "assess", "author", "deliver"];
let count = 0;

const SERIES = [
  ["t1_mprage_sag", "T1", "3D gradient echo, no contrast agent named", 176], ["t1_mprage_sag_km", "T1c", "contrast agent GADOTERATE given before it", 176],
  ["t2_tse_tra", "T2", "echo time 96 ms", 40], ["t2_flair_tra <b>", "FLAIR", "inversion time 2500 ms", 40],
  ["localizer", "localizer", "three planes, 3 slices", 3], ["", null, "no words and no times that tell", 24],
];
const series = (study) => SERIES.map(([description, role, why, images], n) => ({ series: `${study}.${n + 1}`, description, role, why, images }));

const held = { series: series("1.2.9.5").map((one, n) => ({ ...one, assigned_by_human: false, ...(n === 0 ? { role: null, why: "could be T1 or T1c: a second series looks the same" } : {}) })), needs: ["T1"] };

function studies(names) {
  const conflict = names.some((name) => name.includes("conflict"));
  const known = names.some((name) => name.includes("known"));
  const match = conflict ? "conflict" : known ? "same" : "new";
  const why = { conflict: "The id 0471-22 belongs to a patient born 1961-02-11; these images say 1974-09-30.", same: "Name, id and date of birth are those of a patient of this node.", new: "No patient of this node has this id." }[match];
  const patient = { name: conflict ? "LEVI^DANA" : "כהן^אברהם", patient_id: "0471-22", birth_date: conflict ? "19740930" : "19610211", sex: "M" };
  return [{ study: "1.2.9.3", date: "2026-05-04", patient, match, why, series: series("1.2.9.3"), needs: [] }];
}

const shown = (upload) => ({ ...upload, studies: upload.files ? upload.studies ?? (upload.studies = studies(upload.names)) : [] });

/** A stream of what changes. */
export function watch(response) {
  response.writeHead(200, { "Content-Type": "text/event-stream", "Cache-Control": "no-store" });
  response.write(": watching\n\n");
  watchers.add(response);
  response.on("close", () => watchers.delete(response));
}

/** A job walks through its stages, a second and a half each. */
function walk(study) {
  let at = 0;
  const next = () => {
    const isDone = at >= STAGES.length;
    const job = { id: 777, study, patient: "P0", revision: 1, state: isDone ? "completed" : "running", stage: STAGES[Math.min(at, 7)], failed_attempts: 0, reason: "", fault: "", released: false, changed_ms: Date.now() };
    for (const response of watchers) response.write(`event: job\ndata: ${JSON.stringify(job)}\n\n`);
    at += 1;
    if (!isDone) setTimeout(next, 1500);
  };
  setTimeout(next, 1200);
}

/** Answers what is below /api/v1/uploads, and the series of studies. */
export function answer({ path, method, body, query }) {
  if (path[0] === "studies") return steered(path, method, body);
  const [, id, what, which] = path;
  if (!id) {
    const upload = { upload: `u${++count}`, files: 0, bytes: 0, names: [], refused: [], refused_more: 0, ends_ms: Date.now() + 8.64e7, studies: null };
    uploads.set(upload.upload, upload);
    return { json: { upload: upload.upload }, status: 201 };
  }
  const upload = uploads.get(id);
  if (!upload) return { problem: [403, "You have no access to this."] };
  if (method === "DELETE") { uploads.delete(id); return { status: 204, json: {} }; }
  if (what === "files") {
    const name = query.get("name") ?? "";
    if (!/\.(dcm|zip|nii|nii\.gz)$/i.test(name)) upload.refused.push({ name, why: "This is no DICOM, ZIP or NIfTI file." });
    else { upload.files += 1; upload.bytes += body.length; upload.names.push(name); }
    return { json: { files: upload.files, bytes: upload.bytes, refused: upload.refused, refused_more: 0 } };
  }
  if (what === "series") {
    const one = shown(upload).studies.flatMap((study) => study.series).find((each) => each.series === which);
    Object.assign(one, { role: JSON.parse(body).role, why: "said by you" });
    return { json: shown(upload) };
  }
  if (what === "start") {
    walk("1.2.9.3");
    return { json: { studies: ["1.2.9.3"] }, status: 202 };
  }
  return { json: shown(upload) };
}

function steered([, study, what, which], method, body) {
  if (what === "analyse") { walk(study); return { json: {}, status: 202 }; }
  const list = study === "1.2.9.5" ? held : { series: series(study).map((one) => ({ ...one, assigned_by_human: false })), needs: [] };
  if (method === "GET") return { json: list };
  const one = list.series.find((each) => each.series === which);
  Object.assign(one, { role: JSON.parse(body).role, assigned_by_human: true, why: "said by a person" });
  list.needs = [];
  return { json: list };
}
