import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import sharp from 'sharp';
import type { FaceAnalyzer } from '../../faces/analyzer.ts';
import type { Box, Point } from '../../faces/geometry.ts';
import { decodeImage } from '../../media/decode-image.ts';
import { DomainError } from '../../platform/errors.ts';
import type { FaceRef } from '../scenario.ts';

/** A head with its shoulders, cut out of a photograph: PNG with soft edges, and where the face lies in it. */
export interface Cutout {
  readonly png: Buffer;
  readonly width: number;
  readonly height: number;
  readonly face: Box;
  /** The face's 68 points in it. */
  readonly landmarks: readonly Point[];
}

interface FoundFace {
  readonly box: Box;
  readonly landmarks: readonly Point[];
}

const photographOf = (face: FaceRef, baseDir: string): string =>
  face.photo === undefined
    ? join(
        createRequire(import.meta.url).resolve('@vladmandic/face-api/package.json'),
        '..',
        'demo',
        `sample${face.sample}.jpg`,
      )
    : resolve(baseDir, face.photo);

/** Finds faces of photographs, each photograph once. Faces are counted from the left. */
export function createCutter(options: {
  readonly analyzer: FaceAnalyzer;
  readonly baseDir: string;
}): (face: FaceRef) => Promise<Cutout> {
  const found = new Map<string, Promise<{ bytes: Buffer; faces: FoundFace[] }>>();
  const facesOf = (path: string) => {
    let known = found.get(path);
    if (!known) {
      known = (async () => {
        const bytes = await readFile(path).catch((error: Error) => {
          throw new DomainError(
            'invalid_input',
            `the photograph ${path} cannot be read`,
            { remedy: 'Check `photo` in the scenario.' },
            { cause: error },
          );
        });
        const faces = await options.analyzer.analyze(await decodeImage(bytes), { mode: 'portrait' });
        return { bytes, faces: faces.toSorted((a, b) => a.box.x - b.box.x) };
      })();
      found.set(path, known);
    }
    return known;
  };
  return async (face) => {
    const path = photographOf(face, options.baseDir);
    const { bytes, faces } = await facesOf(path);
    const wanted = faces[face.index];
    if (!wanted)
      throw new DomainError('invalid_input', `${path} shows ${faces.length} faces; there is no face ${face.index}`, {
        remedy: 'Count faces from the left, beginning with 0.',
      });
    return cut(bytes, wanted);
  };
}

/** An ellipse around head and shoulders, narrow enough to leave the neighbours out. */
async function cut(photograph: Buffer, { box: face, landmarks }: FoundFace): Promise<Cutout> {
  const upright = sharp(photograph).rotate();
  const { width: photoWidth = 0, height: photoHeight = 0 } = await sharp(await upright.clone().toBuffer()).metadata();
  const left = Math.round(face.x - face.width * 0.55);
  const top = Math.round(face.y - face.height * 0.65);
  const width = Math.round(face.width * 2.1);
  const height = Math.round(face.height * 2.1);
  const inside = {
    left: Math.max(0, left),
    top: Math.max(0, top),
    width: Math.min(photoWidth, left + width) - Math.max(0, left),
    height: Math.min(photoHeight, top + height) - Math.max(0, top),
  };
  const mask = Buffer.from(
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}"><defs><radialGradient id="g">
      <stop offset="0.82" stop-color="#fff"/><stop offset="1" stop-color="#fff" stop-opacity="0"/></radialGradient></defs>
      <ellipse cx="${width / 2}" cy="${height / 2}" rx="${width * 0.47}" ry="${height * 0.5}" fill="url(#g)"/></svg>`,
  );
  const padded = await sharp(await upright.extract(inside).toBuffer())
    .extend({
      left: inside.left - left,
      top: inside.top - top,
      right: left + width - (inside.left + inside.width),
      bottom: top + height - (inside.top + inside.height),
      extendWith: 'copy',
    })
    .ensureAlpha()
    .png()
    .toBuffer();
  const png = await sharp(padded)
    .composite([{ input: mask, blend: 'dest-in' }])
    .png()
    .toBuffer();
  return {
    ...{ png, width, height },
    face: { x: face.x - left, y: face.y - top, width: face.width, height: face.height },
    landmarks: landmarks.map(({ x, y }) => ({ x: x - left, y: y - top })),
  };
}

/** The picture that is enrolled: the cut-out before a plain light background, as on an ID card. */
export async function portraitOf(cutout: Cutout): Promise<Buffer> {
  const side = Math.max(cutout.width, cutout.height);
  return sharp({ create: { width: side, height: side, channels: 3, background: '#dfe8ef' } })
    .composite([{ input: cutout.png, gravity: 'centre' }])
    .jpeg({ quality: 92 })
    .toBuffer();
}

/** Somebody who stands before the camera: the head on a drawn body, as a PNG; `facePx` is the wanted width of the face. */
export async function figureOf(
  cutout: Cutout,
  facePx: number,
  colour: string,
): Promise<{ png: Buffer; width: number; height: number; landmarks: readonly Point[] }> {
  const scale = facePx / cutout.face.width;
  const [headWidth, headHeight] = [Math.round(cutout.width * scale), Math.round(cutout.height * scale)];
  const width = Math.round(headWidth * 1.5);
  const height = Math.round(headHeight * 1.9);
  const left = Math.round((width - headWidth) / 2);
  const shoulder = Math.round(headHeight * 0.74);
  const body = Buffer.from(
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}"><path fill="${colour}"
      d="M${width * 0.06},${height} C${width * 0.05},${shoulder * 1.25} ${width * 0.16},${shoulder * 1.02} ${width * 0.38},${shoulder}
         L${width * 0.62},${shoulder} C${width * 0.84},${shoulder * 1.02} ${width * 0.95},${shoulder * 1.25} ${width * 0.94},${height} Z"/></svg>`,
  );
  const head = await sharp(cutout.png).resize(headWidth, headHeight, { fit: 'fill' }).png().toBuffer();
  const png = await sharp({ create: { width, height, channels: 4, background: { r: 0, g: 0, b: 0, alpha: 0 } } })
    .composite([
      { input: body, left: 0, top: 0 },
      { input: head, left, top: 0 },
    ])
    .png()
    .toBuffer();
  return { png, width, height, landmarks: cutout.landmarks.map(({ x, y }) => ({ x: left + x * scale, y: y * scale })) };
}

/** An empty clinic room with a counter, seen by its camera. */
export async function roomOf(width: number, height: number): Promise<Buffer> {
  const w = (share: number): number => Math.round(width * share);
  const h = (share: number): number => Math.round(height * share);
  const shelves = Array.from({ length: 3 }, (_, row) =>
    Array.from({ length: 9 }, (_, i) => {
      const hue = (i * 47 + row * 83) % 360;
      return `<rect x="${w(0.665 + i * 0.033)}" y="${h(0.135 + row * 0.15)}" width="${w(0.026)}" height="${h(0.085)}" fill="hsl(${hue} 22% ${52 + ((i + row) % 3) * 8}%)"/>`;
    }).join(''),
  ).join('');
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">
    <defs><linearGradient id="wall" x1="0" y1="0" x2="1" y2="1"><stop offset="0" stop-color="#c9cfc8"/><stop offset="1" stop-color="#a7ada6"/></linearGradient></defs>
    <rect width="${width}" height="${h(0.8)}" fill="url(#wall)"/>
    <rect y="${h(0.8)}" width="${width}" height="${h(0.2)}" fill="#7c766c"/>
    <rect x="${w(0.06)}" y="${h(0.1)}" width="${w(0.18)}" height="${h(0.34)}" fill="#dfe9f2" stroke="#8a9097" stroke-width="4"/>
    <rect x="${w(0.145)}" y="${h(0.1)}" width="3" height="${h(0.34)}" fill="#8a9097"/>
    <rect x="${w(0.64)}" y="${h(0.08)}" width="${w(0.33)}" height="${h(0.5)}" fill="#8c7b66"/>
    ${[0, 1, 2].map((row) => `<rect x="${w(0.655)}" y="${h(0.1 + row * 0.15)}" width="${w(0.3)}" height="${h(0.13)}" fill="#d8d2c6"/>`).join('')}
    ${shelves}
    <rect x="${w(0.33)}" y="${h(0.12)}" width="${w(0.2)}" height="${h(0.08)}" fill="#2f7d5b"/>
    <rect x="${w(0.02)}" y="${h(0.86)}" width="${w(0.96)}" height="${h(0.14)}" fill="#9b8d77"/>
    <rect x="${w(0.02)}" y="${h(0.86)}" width="${w(0.96)}" height="${h(0.02)}" fill="#b8ab95"/>
  </svg>`;
  return sharp(Buffer.from(svg)).png().toBuffer();
}
