// The stock OHIF viewer in a browser, behind a proxy that reaches the node's DICOMweb: what a
// radiologist would open is opened, and what is seen is printed as one line of JSON.
//
//   node ohif.mjs FOLDER SERVICE TOKEN BASELINE FOLLOW_UP
//
// FOLDER holds the viewer (app/dist) and the browser's driver (node_modules); SERVICE is the address
// of DICOMweb. The proxy has a name of its own, as a hospital's has.
import fs from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { createRequire } from 'node:module';

const [folder, service, token, baseline, followUp] = process.argv.slice(2);
const { chromium } = createRequire(path.join(folder, 'here.js'))('playwright-core');
const dist = path.join(folder, 'app', 'dist');
const far = new URL(service);

// What OHIF's own documentation asks for in front of a DICOMweb service, and nothing besides.
const settings = {
  routerBasename: '/', extensions: [], modes: [], customizationService: {}, showStudyList: true,
  maxNumberOfWebWorkers: 2, showLoadingIndicator: true, strictZSpacingForVolumeViewport: true,
  investigationalUseDialog: { option: 'never' }, defaultDataSourceName: 'node',
  dataSources: [{
    namespace: '@ohif/extension-default.dataSourcesModule.dicomweb', sourceName: 'node',
    configuration: {
      friendlyName: 'Node', name: 'node', wadoUriRoot: '/dicom-web', qidoRoot: '/dicom-web',
      wadoRoot: '/dicom-web', qidoSupportsIncludeField: true, imageRendering: 'wadors',
      thumbnailRendering: 'wadors', enableStudyLazyLoad: true, supportsFuzzyMatching: true,
      supportsWildcard: true, singlepart: 'bulkdata,video', bulkDataURI: { enabled: true },
    },
  }],
};
const types = {
  '.js': 'text/javascript', '.css': 'text/css', '.html': 'text/html', '.json': 'application/json',
  '.wasm': 'application/wasm', '.svg': 'image/svg+xml', '.woff2': 'font/woff2',
};
const isolated = {
  'cross-origin-opener-policy': 'same-origin', 'cross-origin-embedder-policy': 'require-corp',
};
const refused = [];

function pass(request, answer) {
  const headers = {
    ...request.headers, host: far.host, 'x-forwarded-host': request.headers.host,
    authorization: `Bearer ${token}`,
  };
  const below = far.pathname.replace(/\/$/, '') + request.url.slice('/dicom-web'.length);
  const options = { host: far.hostname, port: far.port, path: below, method: request.method, headers };
  const on = http.request(options, (from) => {
    if (from.statusCode >= 400) refused.push(`${from.statusCode} ${request.url}`);
    answer.writeHead(from.statusCode, { ...from.headers, ...isolated });
    from.pipe(answer);
  });
  on.on('error', () => answer.destroy());
  request.pipe(on);
}

function page(request, answer) {
  const at = new URL(request.url, 'http://here').pathname;
  if (at === '/app-config.js') {
    answer.writeHead(200, { 'content-type': types['.js'], ...isolated });
    return answer.end(`window.config=${JSON.stringify(settings)};`);
  }
  let file = path.join(dist, path.normalize(at));
  const known = file.startsWith(dist) && fs.existsSync(file) && fs.statSync(file).isFile();
  if (!known) file = path.join(dist, 'index.html');
  const type = types[path.extname(file)] ?? 'application/octet-stream';
  answer.writeHead(200, { 'content-type': type, ...isolated });
  return fs.createReadStream(file).pipe(answer);
}

const server = http.createServer((request, answer) =>
  request.url.startsWith('/dicom-web/') ? pass(request, answer) : page(request, answer));
await new Promise((ready) => server.listen(0, '127.0.0.1', ready));
const viewer = `http://127.0.0.1:${server.address().port}`;

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--use-angle=swiftshader', '--enable-unsafe-swiftshader',
    '--ignore-gpu-blocklist'],
});
const context = await browser.newContext({ viewport: { width: 1300, height: 760 } });
// The viewer's guided tour is for the first visit; it reports an error of its own when it is left.
// The browser's page for a PDF has no storage.
await context.addInitScript(() =>
  window.localStorage?.setItem('shownTours', JSON.stringify(['basicViewerTour', 'segmentationTour'])));
const sheet = await context.newPage();
const errors = [];
sheet.on('console', (said) => said.type() === 'error' && errors.push(said.text().slice(0, 300)));
sheet.on('pageerror', (error) => errors.push(String(error).slice(0, 300)));
const seen = { errors, refused };
// A picture of where it stopped, where somebody wants one.
const shot = (name) => process.env.OHIF_SHOTS
  && sheet.screenshot({ path: path.join(process.env.OHIF_SHOTS, `${name}.png`) });
const text = (words) => sheet.getByText(words).first();
const limit = { timeout: 60_000 };

async function open(below) {
  await sheet.goto(viewer + below);
  await sheet.waitForSelector('canvas', limit);
}

try {
  await sheet.goto(viewer);
  await text('J-40').waitFor(limit);
  seen.studies = await sheet.getByText('J-40', { exact: true }).count();
  await shot('list');

  const both = `StudyInstanceUIDs=${baseline},${followUp}`;
  await open(`/viewer?${both}&hangingProtocolId=@ohif/hpCompare`);
  const dates = sheet.locator('[data-cy="viewport-pane"]');
  await dates.nth(1).waitFor(limit);
  for (let turn = 0; turn < 60; turn += 1) {
    seen.compared = (await dates.allInnerTexts()).join(' ').match(/\d\d-\w{3}-\d{4}/g) ?? [];
    if (new Set(seen.compared).size > 1) break;
    await sheet.waitForTimeout(500);
  }
  await shot('compare');

  await open(`/segmentation?StudyInstanceUIDs=${followUp}`);
  await text('Interval tumour segmentation').waitFor(limit);
  await sheet.waitForTimeout(1500);
  await text('Interval tumour segmentation').dblclick();
  const yes = sheet.getByRole('button', { name: 'Yes' });
  await yes.waitFor(limit);
  await yes.click();
  await text('L1 ET').waitFor(limit);
  seen.segments = await sheet.getByText(/^L1 ET$/).count();
  await shot('segmentation');

  await open(`/viewer?StudyInstanceUIDs=${followUp}`);
  await text('Interval measurements').waitFor(limit);
  await sheet.waitForTimeout(1500);
  await text('Interval measurements').dblclick();
  await text('Measurement Report').waitFor(limit);
  seen.report = await text('Measurement Report').innerText();
  await shot('report');

  await text('Interval report').dblclick();
  await sheet.locator('object[type="application/pdf"]').first().waitFor(limit);
  seen.document = await sheet.locator('object[type="application/pdf"]').first().getAttribute('data');
  await sheet.waitForTimeout(1500);
  await shot('document');
} catch (error) {
  seen.stopped = String(error).slice(0, 400);
  await shot('stopped');
}
console.log(JSON.stringify(seen));
await browser.close();
server.close();
