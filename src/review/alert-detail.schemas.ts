import { type Static, Type } from 'typebox';
import { PRESENTATION_KINDS } from '../faces/presentation/presentation.ts';
import { AlertItem } from './alerts.schemas.ts';
import { Bilingual, ClassSchema, Fen, Nullable, PhaseSchema, SeveritySchema, Time, Uuid } from './common.schemas.ts';
import { FlowView, StepName } from './flow/steps.schemas.ts';

/** Everything that a decision needs, on one page. Images are references; each look at one is audited. */

const Kind = Type.Enum(['portrait', 'shot', 'still']);

export const ImageRef = Type.Object({
  imageId: Type.String(),
  kind: Kind,
  url: Type.String({ description: 'Path of our API; needs the right faces.read' }),
});

export const FeeLineView = Type.Object({
  name: Nullable(Type.String()),
  code: Nullable(Type.String({ description: 'National code, else the local one' })),
  count: Nullable(Type.String()),
  price: Nullable(Type.String({ description: 'yuan' })),
  amountFen: Nullable(Fen),
});

export const VerdictView = Type.Object({
  verdict: Type.Enum(['match', 'mismatch', 'cannot_tell']),
  reason: Type.String({ description: 'Stable code' }),
  words: Bilingual,
  llr: Nullable(Type.Number({ description: 'log10 likelihood ratio: > 0 speaks for the claimed person' })),
  llrWords: Nullable(Bilingual),
  coverage: Nullable(Type.Number({ minimum: 0, maximum: 1 })),
  coverageWords: Nullable(Bilingual),
  portraitAge: Nullable(
    Type.Object(
      { years: Type.Number(), tooOld: Type.Boolean(), words: Bilingual },
      { description: 'How old the portrait was at the visit; null: its date is not known' },
    ),
  ),
  window: Type.Object({ from: Time, to: Time }),
  assessedAt: Time,
});

export const ClaimView = Type.Object({
  settlementId: Nullable(Uuid),
  setlId: Nullable(Type.String()),
  mdtrtId: Nullable(Type.String()),
  msgid: Nullable(Type.String()),
  person: Nullable(
    Type.Object({
      psnNo: Type.String(),
      maskedName: Nullable(Type.String({ examples: ['张**'] })),
      sex: Nullable(Type.String()),
      age: Nullable(Type.Integer()),
    }),
  ),
  at: Nullable(Time),
  kind: Type.Enum(['settlement', 'trial_settlement', 'registration', 'other']),
  medType: Nullable(Type.String()),
  totalFen: Nullable(Fen),
  fundFen: Nullable(Fen),
  accountFen: Nullable(Fen),
  cashFen: Nullable(Fen),
  reversedAt: Nullable(Time),
  words: Bilingual,
  feeLines: Type.Array(FeeLineView),
  feeLinesTotal: Type.Integer({ description: 'Of which feeLines holds at most 50' }),
  verdict: Nullable(VerdictView),
});

export const FindingView = Type.Object({
  id: Uuid,
  rule: Type.String({ examples: ['A1@1'] }),
  name: Bilingual,
  phase: PhaseSchema,
  class: ClassSchema,
  severity: SeveritySchema,
  outcome: Type.Enum(['hit', 'undetermined', 'error', 'clear']),
  reason: Type.String({ description: 'Stable code' }),
  words: Bilingual,
  law: Nullable(Bilingual),
  caseCauses: Type.Array(Type.String({ description: '案由 item numbers' })),
  basis: Type.Array(Type.String()),
  setlIds: Type.Array(Type.String()),
  numbers: Type.Record(Type.String(), Type.Unknown(), { description: 'What the rule computed' }),
  updatedAt: Time,
});

export const PortraitView = Type.Object({
  image: ImageRef,
  psnNo: Nullable(Type.String()),
  who: Type.Enum(['claimed', 'staff', 'proxy']),
  maskedName: Nullable(Type.String()),
  takenOn: Nullable(Type.String()),
  quality: Nullable(Type.Number()),
  words: Bilingual,
});

export const ShotView = Type.Object({
  image: ImageRef,
  appearanceId: Uuid,
  cameraId: Type.String(),
  scenePoint: Type.String(),
  at: Time,
  quality: Type.Number(),
  qualityWords: Bilingual,
});

export const SnapshotView = Type.Object({
  id: Uuid,
  image: Nullable(ImageRef),
  triggerKind: Type.Enum(['settlement', 'alert']),
  cameraId: Type.String(),
  scenePoint: Type.String(),
  state: Type.Enum(['pending', 'taken', 'missed']),
  reason: Nullable(Type.String()),
  plannedAt: Time,
  actualAt: Nullable(Time),
  plannedDeviceTime: Time,
  actualDeviceTime: Nullable(Time),
  clockOffsetMs: Nullable(Type.Integer({ description: 'device - true' })),
  words: Bilingual,
});

export const WHO = ['claimed', 'staff', 'proxy', 'household', 'other', 'unknown'] as const;

export const Timeline = Type.Object({
  from: Time,
  to: Time,
  appearances: Type.Array(
    Type.Object({
      id: Uuid,
      cameraId: Type.String(),
      scenePoint: Type.String(),
      from: Time,
      to: Time,
      zone: Nullable(Type.String({ description: 'match, between or mismatch against the claimed person' })),
      who: Type.Enum([...WHO]),
      whoWords: Bilingual,
      quality: Type.Number(),
      open: Type.Boolean(),
      presentation: Nullable(
        Type.Object(
          {
            kind: Type.Enum([...PRESENTATION_KINDS]),
            strength: Type.Number({ description: '0..1; from 0.5 on it is suspected' }),
            words: Bilingual,
          },
          { description: 'it may be a photograph or a screen, not a face: nothing follows from it' },
        ),
      ),
    }),
  ),
  claims: Type.Array(
    Type.Object({
      kind: Type.String(),
      at: Time,
      label: Bilingual,
      setlId: Nullable(Type.String()),
      reversed: Type.Boolean(),
    }),
  ),
  devices: Type.Array(
    Type.Object({
      cameraId: Type.String(),
      scenePoint: Type.String(),
      state: Type.String(),
      label: Bilingual,
      from: Time,
      to: Nullable(Time),
    }),
  ),
  windows: Type.Array(Type.Object({ setlId: Nullable(Type.String()), from: Time, to: Time })),
  watermarks: Type.Array(Type.Object({ cameraId: Type.String(), until: Time })),
  watermark: Nullable(Type.String({ format: 'date-time', description: 'The earliest of the watermarks' })),
});

export const DecisionView = Type.Object({
  id: Uuid,
  decision: Type.Enum(['allow', 'review', 'hold']),
  state: Type.Enum(['standing', 'released', 'confirmed', 'superseded']),
  words: Bilingual,
  reasons: Type.Array(
    Type.Object({ code: Type.String(), rule: Nullable(Type.String()), zh: Type.String(), en: Type.String() }),
  ),
  deadline: Nullable(Time),
  default: Type.String(),
  alternative: Nullable(Type.Object({ zh: Type.String(), en: Type.String(), kind: Type.String() })),
  setlId: Nullable(Type.String()),
  decidedAt: Time,
  releaseReason: Nullable(Type.String()),
});

export const AlertDetail = Type.Object({
  ...AlertItem.properties,
  words: Bilingual,
  claims: Type.Array(ClaimView, { description: 'At most 20; the settlements that the alert names' }),
  claimsTotal: Type.Integer(),
  portraits: Type.Array(PortraitView),
  bestShots: Type.Array(ShotView),
  snapshots: Type.Array(SnapshotView),
  timeline: Timeline,
  findings: Type.Array(FindingView),
  inFavour: Type.Array(Type.Object({ code: Type.String(), zh: Type.String(), en: Type.String() }), {
    description: 'What speaks for the person',
  }),
  decisions: Type.Array(DecisionView),
  footage: Type.Array(Type.Object({ cameraId: Type.String(), from: Time, to: Time })),
  flow: FlowView,
  steps: Type.Array(StepName, { description: 'What the caller may do with it now' }),
  measureKinds: Type.Array(Type.Object({ kind: Type.String(), words: Bilingual }), {
    description: 'What may be ordered (config/review/flow.yaml)',
  }),
  mayUndo: Type.Boolean({ description: 'Whether the caller may take the last step back' }),
  maySeeFaces: Type.Boolean({ description: 'Whether the caller may open the images' }),
  history: Type.Array(
    Type.Object({
      seq: Type.Integer(),
      at: Time,
      actor: Type.String(),
      action: Type.String(),
      reason: Nullable(Type.String()),
      note: Nullable(Type.String()),
      words: Bilingual,
    }),
  ),
});
export type AlertDetail = Static<typeof AlertDetail>;
export type ClaimView = Static<typeof ClaimView>;
export type FindingView = Static<typeof FindingView>;
export type VerdictView = Static<typeof VerdictView>;
export type Timeline = Static<typeof Timeline>;
export type SnapshotView = Static<typeof SnapshotView>;
export type ShotView = Static<typeof ShotView>;
export type PortraitView = Static<typeof PortraitView>;
export type DecisionView = Static<typeof DecisionView>;
export type Who = (typeof WHO)[number];
