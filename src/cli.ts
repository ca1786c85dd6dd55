import { Command, InvalidArgumentError } from 'commander';
import { DomainError } from './platform/errors.ts';

/**
 * The command line. Each command loads its own code only, so that `claimsight --help` needs no database and no model.
 * Measuring commands print one JSON object as the last line of stdout; everything else goes to stderr.
 */
const program = new Command('claimsight')
  .description('ClaimSight 鉴医: cameras, claims and the drug shelf, reconciled')
  .showHelpAfterError();

const positive = (text: string): number => {
  const value = Number(text);
  if (!Number.isFinite(value) || value <= 0) throw new InvalidArgumentError('must be a number above 0');
  return value;
};
const printResult = (result: unknown): void => void process.stdout.write(`${JSON.stringify(result)}\n`);

for (const [role, what] of [
  ['api', 'serve the HTTP API and the console'],
  ['camera', 'read cameras'],
  ['reconcile', 'gather facts, apply rules, raise alerts'],
  ['housekeeping', 'portraits, imports, webhooks, retention'],
] as const) {
  const command = program
    .command(role)
    .description(`one process: ${what}`)
    .action(async () => void (await import(`../workers/${role}.ts`)));
  if (role === 'camera') addCameraTools(command);
}

/** `claimsight camera` by itself reads cameras; with a word more it works on one. */
function addCameraTools(camera: Command): void {
  camera
    .command('probe')
    .argument('<source>', 'a file, or an rtsp, rtmp or http address')
    .option('--transport <way>', 'tcp or udp; default: tcp, then udp where the camera wants it')
    .option('--seconds <count>', 'measure for so long at least; default 10, of a file its first 60', positive)
    .option('--picture <file>', 'write the picture that tells most as JPEG; it may show faces')
    .description('measure a camera, look at its picture, and say what is wrong with it and what to do')
    .action(async (url, options) => {
      const result = await (await import('./http/probe-command.ts')).runCameraProbe({ url, ...options });
      printResult(result);
      process.exitCode = result.ok ? 0 : 1;
    });
}

program
  .command('up')
  .description('run everything on this machine; the embedded PostgreSQL too unless DATABASE_URL is set')
  .action(async () => (await import('./http/up.ts')).runUp());

program
  .command('migrate')
  .description('bring the database to the newest version')
  .action(async () => printResult(await (await import('./http/operate.ts')).runMigrate()));

program
  .command('doctor')
  .description('check this installation and say what to do')
  .action(async () => {
    const result = await (await import('./http/doctor.ts')).runDoctor();
    printResult(result);
    process.exitCode = result.ok ? 0 : 1;
  });

program
  .command('user-add')
  .description('make an account; its password is read from CLAIMSIGHT_PASSWORD, or made and printed once')
  .requiredOption('--username <name>')
  .requiredOption('--role <role>', 'admin, supervisor, investigator, integrator or clinic')
  .option('--region <code>', 'what it sees: a region', '4116')
  .option('--clinic <code>', 'or one clinic')
  .action(async (options) => printResult(await (await import('./http/operate.ts')).addUser(options)));

program
  .command('audit')
  .description('the audit trail')
  .command('verify')
  .description('recompute every commitment; needs the database and the master key, no running installation')
  .option('--data <dir>', 'data folder; default: CLAIMSIGHT_DATA_DIR')
  .action(async (options) => {
    const result = await (await import('./http/operate.ts')).runAuditVerify(options);
    printResult(result);
    process.exitCode = result.ok ? 0 : 1;
  });

program
  .command('backtest')
  .requiredOption('--rules <path>', 'candidate: changes or a whole set (YAML or JSON), or a folder like config/rules')
  .requiredOption('--from <when>', 'a day (yyyy-mm-dd, local) or a moment')
  .option('--to <when>', 'the same; a day is meant to its end; default: now')
  .option('--quiet', 'no progress on stderr')
  .description('replay stored facts under a candidate rule set: alerts added, removed, confirmed ones lost')
  .action(async (options) => printResult(await (await import('./http/rule-set-commands.ts')).runBacktest(options)));

program
  .command('replay')
  .argument('[assessment]', 'one assessment; otherwise all of a span')
  .option('--from <when>', 'a day (yyyy-mm-dd, local) or a moment')
  .option('--to <when>', 'the same; a day is meant to its end; default: now')
  .option('--quiet', 'no progress on stderr')
  .description('reproduce assessments from their stored facts, under the rule sets that stood then')
  .action(async (id, options) => {
    const result = await (await import('./http/rule-set-commands.ts')).runReplay({ id, ...options });
    printResult(result);
    process.exitCode = result.ok ? 0 : 1;
  });

const ruleSets = program.command('rule-sets').description('rule sets: published by one person, approved by another');
ruleSets
  .command('list')
  .description('rule sets of all times, the newest first')
  .action(async () => printResult(await (await import('./http/rule-set-commands.ts')).listRuleSets()));
ruleSets
  .command('export')
  .argument('[id]', 'default: the set in force')
  .description('print the text of a set, as YAML')
  .action(
    async (id) => void process.stdout.write(await (await import('./http/rule-set-commands.ts')).exportRuleSet(id)),
  );
ruleSets
  .command('import')
  .argument('<path>', 'changes or a whole set (YAML or JSON), or a folder like config/rules')
  .requiredOption('--name <name>', 'what people call it')
  .requiredOption('--reason <text>', 'why')
  .description('make a draft of a file; a person publishes it over the API, another approves it')
  .action(async (path, options) =>
    printResult(await (await import('./http/rule-set-commands.ts')).importRuleSet({ path, ...options })),
  );

program
  .command('calendar')
  .description('working days: holidays and worked weekends (调休)')
  .command('import')
  .argument('[file]', 'iCalendar (.ics), or CSV with the columns date,kind (holiday or workday)')
  .option('--year <year>', 'or the published notice of a year, as far as this version knows it')
  .description('take a calendar in; processes read it at their start')
  .action(async (file, options) =>
    printResult(await (await import('./http/calendar-command.ts')).importCalendar({ file, ...options })),
  );

program
  .command('build-models')
  .description('build the face networks from their weights, about a second; done by itself at the first start')
  .action(async () => printResult(await (await import('../models/build/ensure-models.ts')).ensureModels()));

program
  .command('openapi')
  .description('print the OpenAPI document')
  .action(async () => void process.stdout.write((await (await import('./http/openapi.ts')).routeDocuments()).openApi));

program
  .command('demo')
  .description('a village clinic’s morning with real faces in real video')
  .option('--once', 'end by itself, with exit code 0 only if every expectation holds')
  .option('--scenario <file>', 'another morning; its form is docs/scenario.schema.json')
  .option('--speed <times>', 'at most so many times real time', positive)
  .action(async (options) => {
    const { runDemo } = await import('./demo/run-demo.ts');
    const result = await runDemo(options);
    if (result) {
      printResult(result);
      process.exit(result.ok ? 0 : 1);
    }
  });

program
  .command('watch')
  .argument('<source>', 'a file, or an rtsp, rtmp or http address')
  .option('--gallery <dir>', 'DIR/person/*.jpg: people to match with')
  .description('appearances of a piece of footage')
  .action(async (source, options) =>
    printResult(await (await import('./vision/watch.ts')).runWatch({ source, ...options })),
  );

program
  .command('face-eval')
  .requiredOption('--images <dir>', 'DIR/person/photo.jpg')
  .option('--pairs <file>', "LFW's pairs.txt")
  .option('--card <file>', 'model card; default: the built-in one')
  .description('what face comparison is worth on these photographs')
  .action(async (options) => printResult(await (await import('./faces/face-eval.ts')).runFaceEval(options)));

program
  .command('face-calibrate')
  .requiredOption('--images <dir>', 'DIR/person/photo.jpg')
  .requiredOption('--out <file>', 'model card to write')
  .option('--card <file>', 'card of the model to calibrate; default: the built-in one')
  .option('--data-name <text>', 'what the photographs are, for the card')
  .option('--limits <text>', 'what they are not, for the card')
  .description("build a model card's calibration from photographs")
  .action(async (options) => printResult(await (await import('./faces/calibrate-run.ts')).runFaceCalibrate(options)));

program
  .command('re-enrol')
  .option('--per-minute <count>', 'pictures a minute at most, so that live work goes on; default 120', positive)
  .option('--retire', 'retire the older model although some portraits failed: these people need another photograph')
  .option('--quiet', 'no progress on stderr')
  .description('describe every portrait by the configured face model; goes on where it was interrupted')
  .action(async (options) => {
    const result = await (await import('./http/re-enrol-command.ts')).runReEnrol(options);
    printResult(result);
    process.exitCode = result.ok ? 0 : 1;
  });

program
  .command('face-recalibrate')
  .option('--from <when>', 'visits from this day or moment on; default: half a year before')
  .option('--to <when>', 'to this day or moment; default: now')
  .option('--out <file>', 'write the model card with the calibration too')
  .description('calibrate the face model on confirmed visits of this installation; another person puts it into force')
  .action(async (options) => {
    const result = await (await import('./http/face-recalibrate-command.ts')).runFaceRecalibrate(options);
    printResult(result);
    process.exitCode = result.ok ? 0 : 1;
  });

program
  .command('simulate')
  .requiredOption('--seed <number>', 'the same seed and parameters give the same bytes', Number)
  .requiredOption('--clinics <count>', 'how many clinics', Number)
  .requiredOption('--days <count>', 'how many days', Number)
  .requiredOption('--emit <dir>', 'folder for meta.json, feed.ndjson and truth.ndjson')
  .option('--fraud <share>', 'share of settlements that is fraud', Number)
  .option('--params <file>', 'parameters that differ from config/simulation/city.yaml, in its form')
  .option('--threads <count>', 'threads to share the clinics; default: the processors', Number)
  .description('a city with known truth, as a feed')
  .action(async (options) => printResult(await (await import('./simulation/world/simulate.ts')).runSimulate(options)));

program
  .command('run-feed')
  .argument('<dir>', 'a feed: meta.json and *.ndjson')
  .requiredOption('--out <file>', 'NDJSON to write: alerts, decisions, verdicts')
  .option('--rules <path>', 'a candidate rule set instead of config/rules: a folder, or a file of changes to it')
  .option('--keep <dir>', 'keep the installation in this folder; look at it with CLAIMSIGHT_DATA_DIR=<dir>')
  .option('--quiet', 'no progress on stderr')
  .description('play a feed through the product, on a fresh database and simulated time')
  .action(async (dir, options) =>
    printResult(await (await import('./simulation/run-feed/run-feed.ts')).runFeed({ dir, ...options })),
  );

program
  .command('score')
  .argument('<dir>', 'a simulated city: feed and truth')
  .argument('<file>', 'what run-feed wrote about it')
  .option('--report <file>', 'write a readable report too, one HTML file')
  .option('--bootstrap <rounds>', 'draws behind the intervals; default 2000', positive)
  .description('mark a city’s outcome against its truth: what was found, missed, and whom it harmed')
  .action(async (dir, file, options) =>
    printResult(await (await import('./simulation/score/run-score.ts')).runScore(dir, file, options)),
  );

program.parseAsync().catch((error: unknown) => {
  if (error instanceof DomainError) {
    process.stderr.write(`${error.code}: ${error.message}\n`);
    if (typeof error.details.said === 'string' && error.details.said !== '')
      process.stderr.write(`${error.details.said}\n`);
    if (error.details.remedy) process.stderr.write(`→ ${error.details.remedy}\n`);
  } else {
    process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  }
  process.exit(1);
});
