/**
 * Simulated cameras in a process of their own: each plays its timeline of films over RTSP (TCP) in real time, from a common
 * beginning, again from the front at its end. Nothing is encoded here, so that hundreds of cameras cost next to nothing.
 * Message in: the plan. Message out: the port, and when the timelines began.
 */
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { type FlvFilm, type FlvPicture, readFlvFilm } from './flv.ts';
import { answerRtsp, numbered, type PacketTrain, packetTrain } from './rtsp.ts';

export interface StreamPlan {
  readonly ffmpeg: string;
  readonly cameras: Readonly<Record<string, readonly { readonly file: string; readonly seconds: number }[]>>;
}

interface Viewer {
  readonly socket: Socket;
  readonly camera: string;
  sequence: number;
  /** Null: waits for a keyframe. */
  zero: number | null;
  piece: number;
  picture: number;
  /** Where the piece begins, ms from the common beginning. */
  pieceAt: number;
}

const TICK_MS = 40;

process.once('message', (plan: StreamPlan) => void serve(plan));

async function serve(plan: StreamPlan): Promise<void> {
  const films = new Map<string, FlvFilm>();
  for (const { file } of Object.values(plan.cameras).flat())
    if (!films.has(file)) films.set(file, await readFlvFilm(plan.ffmpeg, file));
  const trains = new Map<FlvPicture, PacketTrain>();
  const trainOf = (picture: FlvPicture): PacketTrain => {
    const train = trains.get(picture) ?? packetTrain(picture);
    trains.set(picture, train);
    return train;
  };
  const viewers = new Set<Viewer>();
  const beganAt = performance.now();
  const now = (): number => performance.now() - beganAt;

  const place = (camera: string, at: number): Pick<Viewer, 'piece' | 'picture' | 'pieceAt'> => {
    const timeline = plan.cameras[camera] ?? [];
    const lengthMs = timeline.reduce((sum, { seconds }) => sum + seconds * 1000, 0);
    let pieceAt = Math.floor(at / lengthMs) * lengthMs;
    for (let piece = 0; ; piece = (piece + 1) % timeline.length) {
      const ms = (timeline[piece]?.seconds ?? 1) * 1000;
      if (at < pieceAt + ms) {
        const { pictures } = films.get(timeline[piece]?.file ?? '') as FlvFilm;
        const picture = pictures.findIndex((each) => pieceAt + each.ms >= at);
        return { piece, pieceAt, picture: picture < 0 ? pictures.length : picture };
      }
      pieceAt += ms;
    }
  };

  const server = createServer((socket) => {
    const mine = new Set<Viewer>();
    socket.setNoDelay(true);
    socket.on('error', () => undefined);
    socket.on('close', () => {
      for (const viewer of mine) viewers.delete(viewer);
    });
    answerRtsp(socket, {
      filmOf: (camera) => films.get(plan.cameras[camera]?.[0]?.file ?? '') ?? null,
      play: (camera) => {
        const viewer: Viewer = { socket, camera, sequence: 0, zero: null, ...place(camera, now()) };
        mine.add(viewer);
        viewers.add(viewer);
      },
    });
  }).listen(0, '127.0.0.1', () =>
    process.send?.({ port: (server.address() as AddressInfo).port, beganAt: Date.now() - now() }),
  );

  setInterval(() => {
    const at = now();
    for (const viewer of viewers) {
      const timeline = plan.cameras[viewer.camera] ?? [];
      for (;;) {
        const piece = timeline[viewer.piece];
        const film = piece && films.get(piece.file);
        if (!piece || !film) break;
        const picture = film.pictures[viewer.picture];
        if (!picture || picture.ms >= piece.seconds * 1000) {
          viewer.pieceAt += piece.seconds * 1000;
          viewer.piece = (viewer.piece + 1) % timeline.length;
          viewer.picture = 0;
          continue;
        }
        const due = viewer.pieceAt + picture.ms;
        if (due > at) break;
        viewer.picture++;
        if (viewer.zero === null && !picture.key) continue;
        viewer.zero ??= due;
        const train = trainOf(picture);
        viewer.socket.write(numbered(train, viewer.sequence, due - viewer.zero));
        viewer.sequence += train.headers.length;
      }
    }
  }, TICK_MS);

  process.on('disconnect', () => process.exit(0));
}
