import { createHash } from 'node:crypto';
import { basename } from 'node:path';
import { type Static, Type } from 'typebox';
import { canonicalJson } from '../platform/canonical-json.ts';
import { DomainError } from '../platform/errors.ts';
import { TEMPLATE_VERSION } from './template.ts';

/**
 * What a card says of networks that an operator brings himself. Values reach a network as `(channel − mean) ÷ divisor`, 32-bit
 * floating point, channels 0..255.
 */
const Text = Type.String({ minLength: 1 });
const Side = Type.Integer({ minimum: 0 });
const PerChannel = Type.Array(Type.Number(), { minItems: 3, maxItems: 3 });

export const InputPart = Type.Object(
  {
    width: Side,
    height: Side,
    channels: Type.Union([Type.Literal('RGB'), Type.Literal('BGR')], { description: 'Order of the channels.' }),
    layout: Type.Optional(Type.Union([Type.Literal('NCHW'), Type.Literal('NHWC')])),
    mean: Type.Array(Type.Number(), {
      minItems: 3,
      maxItems: 3,
      description: "Subtracted, in the order of the network's channels.",
    }),
    divisor: Type.Union([Type.Number(), PerChannel], { description: 'Divides after that.' }),
  },
  { additionalProperties: false },
);

export const DetectorPart = Type.Object(
  {
    input: InputPart,
    outputs: Type.Object(
      {
        boxes: Type.String({ minLength: 1, description: 'n×4: left, top, right, bottom in pixels of the input.' }),
        scores: Type.String({ minLength: 1, description: 'n: how likely it is a face, 0..1.' }),
      },
      { additionalProperties: false },
    ),
    use: Type.Union([Type.Literal('thorough'), Type.Literal('all')], {
      description: 'thorough: portraits, and doubtful faces of cameras. all: every look at a camera frame too.',
    }),
  },
  { additionalProperties: false },
);

export const LicenceOfOwn = Type.Object(
  {
    name: Text,
    use: Type.Union([Type.Literal('allowed'), Type.Literal('not_allowed')], {
      description: 'Whether the licence allows this installation to use the files; somebody has to have read it.',
    }),
    note: Type.Optional(Text),
  },
  { additionalProperties: false },
);

/** The parts of a card that its files bear upon. */
export interface CardParts {
  readonly templateVersion: string;
  readonly input: Static<typeof InputPart>;
  readonly alignment: string;
  readonly dimension: number;
  readonly files?: { readonly embedder?: string; readonly detector?: string };
  readonly mirror?: boolean;
  readonly detector?: Static<typeof DetectorPart>;
  readonly licence: Static<typeof LicenceOfOwn> | { readonly package: string; readonly weights: string };
  readonly sha256: Readonly<Record<string, string>>;
}

export const ALIGNMENTS = ['arcface-five-point', 'dlib-five-point'] as const;
export type Alignment = (typeof ALIGNMENTS)[number];

/** Changes whenever what happens around an operator's own networks changes: landmarks, cutting out, pooling. */
const OWN_PIPELINE = 'own-1';

/**
 * Holds a card's parts about an operator's own files against each other. Throws `config_invalid` for a file outside the card's
 * folder or without its checksum, a licence that is missing or does not allow the use, an alignment that is unknown, and a
 * template version that belongs to other files.
 */
export function checkOwnFiles(card: CardParts, source: string): void {
  const { files } = card;
  if (files === undefined) {
    if (card.detector) throw refused(source, 'it describes a detector but names no file for it (files.detector)');
    if ('use' in card.licence) throw refused(source, 'it names no file (files.embedder, files.detector)');
    return;
  }
  const names = Object.values(files);
  if (names.length === 0) throw refused(source, 'files names neither an embedder nor a detector');
  for (const name of names) {
    if (basename(name) !== name || name.includes('\\') || name === '.' || name === '..')
      throw refused(source, `the file ${name} does not lie in the card's own folder`, 'Put the file beside its card.');
    if (card.sha256[name] === undefined)
      throw refused(
        source,
        `sha256 has no checksum of ${name}`,
        `Write it into the card: "sha256": {"${name}": "…"}; sha256sum ${name} tells it.`,
      );
  }
  checkLicence(card, source);
  if ((files.detector === undefined) !== (card.detector === undefined))
    throw refused(source, 'files.detector and detector (input, outputs, use) belong together');
  if (card.detector) checkInput(card.detector.input, source);
  if (files.embedder !== undefined) {
    checkInput(card.input, source);
    if (card.dimension < 2 || card.dimension > MOST_NUMBERS)
      throw refused(source, `a template of ${card.dimension} numbers is none (2 to ${MOST_NUMBERS})`);
    if (card.input.width !== card.input.height)
      throw refused(source, `an aligned face is a square, not ${card.input.width}×${card.input.height}`);
    if (!isAlignment(card.alignment))
      throw refused(
        source,
        `the alignment ${card.alignment} is unknown`,
        `It must be one of: ${ALIGNMENTS.join(', ')}.`,
      );
    if (card.mirror === undefined || card.input.layout === undefined)
      throw refused(source, 'an embedder needs mirror (true or false) and input.layout (NCHW or NHWC)');
  }
  const [, told] = VERSIONED.exec(card.templateVersion) ?? [];
  if (told !== undefined && told !== fingerprint(card))
    throw refused(
      source,
      `its template version ${card.templateVersion} belongs to other files or another preparation`,
      'Leave away what stands from @ on; it is added when the card is read.',
    );
}

/** What is said where a card names no licence. */
export const licenceMissing = (source: string): DomainError =>
  refused(
    source,
    'it says no licence of its files (name, use)',
    'Read the licence of the model, then write "licence": {"name": "…", "use": "allowed"}.',
  );

function checkLicence({ licence }: CardParts, source: string): void {
  if (!('use' in licence)) throw licenceMissing(source);
  if (licence.use !== 'allowed')
    throw refused(
      source,
      `the licence ${licence.name} does not allow this use`,
      'Use a model whose licence allows it, or the built-in one.',
    );
}

const SIDES = { least: 16, most: 2048 };
const MOST_NUMBERS = 4096;

function checkInput({ width, height, divisor }: CardParts['input'], source: string): void {
  if ([width, height].some((side) => side < SIDES.least || side > SIDES.most))
    throw refused(
      source,
      `pictures of ${width}×${height} are too small or too large (${SIDES.least} to ${SIDES.most})`,
    );
  if ([divisor].flat().some((value) => value === 0 || !Number.isFinite(value)))
    throw refused(source, 'a divisor is zero');
}

export const isAlignment = (text: string): text is Alignment => ALIGNMENTS.some((known) => known === text);

const VERSIONED = /@([0-9a-f]{12})$/;

/**
 * The card with the version that its templates bear: of own files it ends in a fingerprint of all that makes a template, so that
 * two files, or two ways of preparing pictures, never share one.
 */
export function withTemplateVersion<T extends CardParts>(card: T): T {
  if (card.files === undefined || VERSIONED.test(card.templateVersion)) return card;
  return { ...card, templateVersion: `${card.templateVersion}@${fingerprint(card)}` };
}

function fingerprint({ files, sha256, input, alignment, mirror, dimension, detector }: CardParts): string {
  const sums = Object.entries(files ?? {}).map(([part, name]) => [part, sha256[name] ?? '']);
  const made = {
    pipeline: OWN_PIPELINE,
    // Beside a detector of one's own the built-in embedder may change too.
    builtin: files?.embedder === undefined ? TEMPLATE_VERSION : null,
    sums,
    input,
    alignment,
    mirror: mirror ?? null,
    dimension,
    detector: detector ?? null,
  };
  return createHash('sha256').update(canonicalJson(made)).digest('hex').slice(0, 12);
}

const refused = (source: string, what: string, remedy = 'See docs/face-models.md for the form of a card.') =>
  new DomainError('config_invalid', `The model card ${source} cannot be used: ${what}.`, { remedy });
