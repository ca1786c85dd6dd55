/**
 * `npm run bench -- NAME [options]`: one performance claim each, with its baseline in the same run. Progress goes to stderr,
 * the last line of stdout is one JSON object: name, ours, baseline, ratio, and what else the claim is about.
 */
import { Command } from 'commander';
import { DomainError } from '../src/platform/errors.ts';

const program = new Command('bench').description('what is claimed about speed, measured').showHelpAfterError();
const print = (result: object): void => void process.stdout.write(`${JSON.stringify(result)}\n`);

program
  .command('replay')
  .description('settlements per second of run-feed over a large feed, against the living installation over HTTP')
  .option('--clinics <count>', 'of the large feed', Number, 300)
  .option('--days <count>', 'of the large feed', Number, 10)
  .option('--seed <number>', 'of both feeds', Number, 1)
  .option('--feed <dir>', 'a feed to replay instead')
  .action(async (options) => print(await (await import('./replay.ts')).benchReplay(options)));

program
  .command('precheck')
  .description(
    'latency of the in-event decision (2206) over many stored settlements, against a route that commits one row',
  )
  .option('--settlements <count>', 'stored, with the appearances that belong to them', Number, 10_000_000)
  .option('--small <count>', 'stored before, for how latency grows', Number, 100_000)
  .option('--rate <count>', 'requests a second', Number, 100)
  .option('--seconds <count>', 'of each round', Number, 10)
  .option('--rounds <count>', 'of which the median counts', Number, 5)
  .option('--faces <count>', 'requests with a face picture, alone and beside the others; 0: none', Number, 60)
  .option('--face-rate <count>', 'of them a second', Number, 2)
  .option('--data <dir>', 'folder of the database, kept and used again; default: a temporary one')
  .action(async (options) => print(await (await import('./precheck.ts')).benchPrecheck(options)));

program
  .command('cameras')
  .description('CPU of watching simulated cameras, against full decoding with face-api; visits captured')
  .option('--cameras <count>', 'of each presence', Number, 16)
  .option('--seconds <count>', 'measured in real time; 0: only the replay', Number, 300)
  .option('--warm-seconds <count>', 'before', Number, 60)
  .option('--presence <shares>', 'shares of the time with somebody there', '0.01,0.05,0.15')
  .option('--clips <count>', 'different visits that are filmed', Number, 60)
  .option('--visits <count>', 'replayed faster than real time; 0: none', Number, 1_000)
  .option('--shots <count>', 'films whose best shot is compared with the naive one', Number, 60)
  .option('--gop-seconds <count>', 'length of the groups of pictures', Number, 2)
  .option('--sub', 'cameras with a main stream of 1080p that are read at a sub-stream of 360p', false)
  .option('--seed <number>', 'of the films and the timelines', Number, 1)
  .action(async (options) =>
    print(
      await (await import('./cameras.ts')).benchCameras({
        ...options,
        presence: String(options.presence).split(',').map(Number),
      }),
    ),
  );

program
  .command('inference')
  .description(
    'the face networks in onnxruntime against face-api on TensorFlow.js, on identical chips; int8 against float',
  )
  .option('--rounds <count>', 'of which the median counts', Number, 9)
  .action(async (options) => print(await (await import('./inference.ts')).benchInference(options)));

program
  .command('search')
  .description(
    'the int8 scan of a whole gallery against a plain read of the same bytes; rank 1 against float32; a catchment against a plain loop',
  )
  .option('--templates <count>', 'of the galleries of 128 and of 512 numbers', Number, 1_000_000)
  .option('--large <count>', 'of one more of 128 numbers, where memory allows; 0: none', Number, 9_000_000)
  .option('--catchment <count>', 'people of a clinic', Number, 5_000)
  .option('--rounds <count>', 'of which the median counts', Number, 25)
  .option('--queries <count>', 'of the comparison with float32, for each of the two galleries', Number, 1_000)
  .action(async (options) => print(await (await import('./search.ts')).benchSearch(options)));

program
  .command('presentation')
  .description('photographs and screens before the camera, and people: how many of each are told as pictures')
  .option('--people <count>', 'each in every kind of scene', Number, 18)
  .option('--photos <dir>', 'DIR/person/photo.jpg; default: the faces of face-api’s sample photographs')
  .option('--kinds <names>', 'some kinds of scene, with commas between; default: all')
  .option('--seed <number>', 'of the scenes', Number, 1)
  .action(async ({ kinds, ...options }) =>
    print(
      await (await import('./presentation.ts')).benchPresentation({
        ...options,
        ...(kinds === undefined ? {} : { kinds: String(kinds).split(',') }),
      }),
    ),
  );

program.parseAsync().catch((error: unknown) => {
  const remedy = error instanceof DomainError ? error.details.remedy : undefined;
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n${remedy ? `→ ${remedy}\n` : ''}`);
  process.exit(1);
});
