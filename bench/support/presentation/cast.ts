import sharp from 'sharp';
import { type Cutout, figureOf, roomOf } from '../../../src/demo/footage/cutouts.ts';
import { createLivelyFace, expressionAt, type Raster } from '../../../src/demo/footage/lively.ts';
import type { Point } from '../../../src/faces/geometry.ts';
import type { Draw } from '../../../src/simulation/world/random.ts';
import { heldPath, onPath, type Path, swayPath, walkPath } from './paths.ts';
import { type Actor, type Panel, rasterOf, type Scene } from './scene.ts';

/** A person as the scenes need him: cut out, and the photograph around his face as it would be printed or shown. */
export interface Model {
  readonly name: string;
  readonly cutout: Cutout;
  /** The face in its middle, about a third of its width. */
  readonly photo: Raster;
  readonly photoLandmarks: readonly Point[];
  readonly photoFaceWidth: number;
}

export const GENUINE = ['walks', 'stands', 'sits'] as const;
/** Photographs that are moved about without paper or screen: what films for tests are often made of. Not claimed to be told. */
export const PASTED = ['pasted_walks', 'pasted_stands', 'pasted_rectangle'] as const;
export const ATTACKS = [
  'print_margin',
  'print_no_margin',
  'print_bent',
  'print_on_wall',
  'poster_on_wall',
  'phone_photo',
  'tablet_video',
  'monitor_photo',
  'monitor_video',
  'injected_still',
  'injected_loop',
] as const;
export const KINDS = [...GENUINE, ...PASTED, ...ATTACKS] as const;
export type Kind = (typeof KINDS)[number];

const [WIDTH, HEIGHT, FPS] = [640, 360, 8];
const COLOURS = ['#3d5a80', '#7a4e6d', '#4f6d4a', '#8a5a3c', '#555b6e', '#70493f'] as const;
const HANGS_S = 150;

/** One scene of a kind, drawn at random. `facePx`: width of the face. */
export async function sceneOf(
  kind: Kind,
  model: Model,
  draw: Draw,
  wish: { readonly facePx?: number; readonly seconds?: number } = {},
): Promise<Scene> {
  const light = draw.between(0.8, 1.05);
  const room = await rasterOf(
    await sharp(await roomOf(WIDTH, HEIGHT))
      .modulate({ brightness: light })
      .blur(0.6)
      .toBuffer(),
    3,
  );
  const facePx = wish.facePx ?? draw.between(45, 105);
  const seed = draw.bits();
  // Long enough for stillness to be told, where there is any.
  const usual =
    kind === 'sits' ? draw.between(125, 150) : kind === 'stands' ? draw.between(40, 90) : draw.between(15, 25);
  const injected =
    kind === 'injected_still'
      ? { at: 4, loopSeconds: 0 }
      : kind === 'injected_loop'
        ? { at: 8, loopSeconds: draw.between(2, 5) }
        : null;
  const hangs = kind === 'print_on_wall' || kind === 'poster_on_wall';
  const seconds =
    wish.seconds ?? (injected ? (injected.loopSeconds > 0 ? 30 : 140) : hangs ? HANGS_S : Math.round(usual));
  const actor = await actorOf(kind, {
    model,
    draw,
    facePx,
    seed,
    from: hangs ? 0 : 1,
    to: hangs ? seconds : seconds - 1,
  });
  return {
    ...{
      width: WIDTH,
      height: HEIGHT,
      fps: FPS,
      seconds,
      room,
      actors: [actor],
      noise: draw.between(2, 5),
      kbps: 500,
      seed,
    },
    ...(injected ? { injected } : {}),
  };
}

interface Casting {
  readonly model: Model;
  readonly draw: Draw;
  readonly facePx: number;
  readonly seed: number;
  readonly from: number;
  readonly to: number;
}

async function actorOf(kind: Kind, casting: Casting): Promise<Actor> {
  const { draw, facePx, from, to } = casting;
  const place = { x: WIDTH * draw.between(0.3, 0.7), y: HEIGHT * draw.between(0.35, 0.5) };
  const held = heldPath(draw, place, facePx);
  const still: Path = () => ({ ...place, scale: 1, roll: 0, yaw: 0, pitch: 0 });
  const walk = walkPath(draw, { width: WIDTH, y: place.y, facePx, from, to });
  const panel = (pitch: number): Panel => ({ pitch, bars: draw.between(0.01, 0.05) });
  const bezel = { colour: '#101114', share: draw.between(0.1, 0.22) };
  const paper = { colour: '#f2efe8', share: draw.between(0.12, 0.4) };
  switch (kind) {
    case 'walks':
    case 'injected_loop':
    case 'injected_still':
      return person(casting, kind === 'walks' ? walk : swayPath(draw, place, 0.3 * facePx), 1);
    case 'stands':
      return person(casting, swayPath(draw, place, 0.15 * facePx), 0.6);
    case 'sits':
      return person(casting, swayPath(draw, place, 0.03 * facePx), 0.15);
    case 'pasted_walks':
      return person(casting, walk, null);
    case 'pasted_stands':
      return person(casting, swayPath(draw, place, 0.15 * facePx), null);
    case 'pasted_rectangle':
      return sheet(casting, walk, {});
    case 'print_margin':
      return sheet(casting, held, { margin: paper });
    case 'print_no_margin':
      return sheet(casting, held, {});
    case 'print_bent':
      return { ...(await sheet(casting, held, { margin: paper })), bend: (t) => 0.5 + 0.3 * Math.sin(1.3 * t) };
    case 'print_on_wall':
      return sheet(casting, still, { margin: paper });
    case 'poster_on_wall':
      return sheet(casting, still, {});
    case 'phone_photo':
      return { ...(await sheet(casting, held, { margin: bezel })), panel: panel(draw.between(0.1, 0.3)), glare: 0.6 };
    case 'tablet_video':
      return { ...(await sheet(casting, held, { margin: bezel, loops: 4 })), panel: panel(draw.between(0.15, 0.5)) };
    case 'monitor_photo':
      return { ...(await sheet(casting, held, {})), panel: panel(draw.between(1.15, 2.6)) };
    case 'monitor_video':
      return { ...(await sheet(casting, held, { loops: 6 })), panel: panel(draw.between(1.15, 2.6)) };
  }
}

/** Somebody of flesh and blood, as far as a photograph can be made to; `liveliness` null: the photograph as it is. */
async function person({ model, draw, facePx, seed, from, to }: Casting, path: Path, liveliness: number | null) {
  const made = await figureOf(model.cutout, facePx, draw.pick(COLOURS));
  const raster = await rasterOf(made.png, 4);
  const face = createLivelyFace(raster, made.landmarks);
  const picture = (t: number): Raster => (liveliness === null ? raster : face(expressionAt(seed, t, liveliness)));
  const eyes = made.landmarks[27] ?? { x: raster.width / 2, y: raster.height / 3 };
  return { from, to, picture, corners: onPath(path, raster, eyes) };
}

/** A flat picture of somebody: printed, or shown on a screen; a video when it `loops` after so many seconds. */
async function sheet(
  { model, draw, facePx, seed, from, to }: Casting,
  path: Path,
  what: { readonly margin?: { readonly colour: string; readonly share: number }; readonly loops?: number },
): Promise<Actor> {
  const scale = facePx / model.photoFaceWidth;
  const size = { width: Math.round(model.photo.width * scale), height: Math.round(model.photo.height * scale) };
  // Printers and screens show less colour than a face has.
  const inner = await rasterOf(
    sharp(model.photo.data, { raw: { width: model.photo.width, height: model.photo.height, channels: 3 } })
      .resize(size.width, size.height, { fit: 'fill' })
      .modulate({ saturation: draw.between(0.7, 1) }),
    3,
  );
  const face = createLivelyFace(
    inner,
    model.photoLandmarks.map(({ x, y }) => ({ x: x * scale, y: y * scale })),
  );
  const margin = what.margin ? Math.max(2, Math.round(what.margin.share * facePx)) : 0;
  const framed = async (raster: Raster): Promise<Raster> =>
    margin === 0
      ? raster
      : rasterOf(
          sharp(raster.data, { raw: { width: raster.width, height: raster.height, channels: 3 } }).extend({
            ...{ top: margin, bottom: margin, left: margin, right: margin },
            background: what.margin?.colour ?? '#fff',
          }),
          3,
        );
  const { loops } = what;
  const frames: Raster[] = [];
  const count = loops === undefined ? 1 : loops * FPS;
  for (let i = 0; i < count; i++)
    frames.push(await framed(loops === undefined ? inner : face(expressionAt(seed, i / FPS, 1))));
  const first = frames[0] as Raster;
  return {
    ...{ from, to },
    picture: (t) => frames[Math.round(t * FPS) % count] ?? first,
    corners: onPath(path, first, { x: first.width / 2, y: first.height / 2 }),
  };
}
