/**
 * What speaks for a picture in a face's place, of one appearance. Never an accusation: somebody was there, or a picture was, and
 * nothing follows from the face.
 */
export const PRESENTATION_KINDS = ['held_picture', 'screen', 'static_picture'] as const;
export type PresentationKind = (typeof PRESENTATION_KINDS)[number];

/** As it is kept with an appearance. */
export interface Presentation {
  readonly suspected: boolean;
  /** The strongest sign's, also where it is too weak to suspect anything; null: no sign. */
  readonly kind: PresentationKind | null;
  /** 0..1; suspected from a half on. */
  readonly strength: number;
  /** How many looks it rests on. */
  readonly looks: number;
}

export const isSuspected = (presentation: Presentation | null | undefined): boolean => presentation?.suspected === true;

interface Words {
  readonly zh: string;
  readonly en: string;
}

export const PRESENTATION_WORDS: Readonly<Record<PresentationKind, Words>> = {
  held_picture: {
    zh: '疑似手持照片或屏幕：人脸四周有一道随脸移动的边框。',
    en: 'It may be a photograph or a screen that was held up: a border moved along with the face.',
  },
  screen: {
    zh: '疑似屏幕翻拍：人脸上有屏幕像素形成的规则细纹。',
    en: 'It may be a screen: the face shows the fine regular pattern of its pixels.',
  },
  static_picture: {
    zh: '疑似墙上的照片、海报或屏幕：长时间一动不动，也没有眨眼。',
    en: 'It may be a picture that hangs there: it never moved nor blinked for a long time.',
  },
};
