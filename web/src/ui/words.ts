import { useCallback } from 'react';
import { useTranslation } from 'react-i18next';
import { DISMISS_REASONS, type DismissReason } from '../api/types.ts';

const isReason = (code: string): code is DismissReason => (DISMISS_REASONS as readonly string[]).includes(code);

/** A dismissal's reason code in words; an unknown code is shown as it is. */
export function useDismissReason(): (code: string | null) => string {
  const { t } = useTranslation();
  return useCallback((code) => (code === null ? '' : isReason(code) ? t(`dismiss.${code}`) : code), [t]);
}

/** The name of a camera's scene point; one that the console does not know is shown as it is. */
export function useSceneName(): (scene: string) => string {
  const { t } = useTranslation();
  return useCallback((scene) => t(`scene.${scene}` as 'scene.counter', { defaultValue: scene }), [t]);
}

/** The name of a camera's state; one that the console does not know is shown as it is. */
export function useDeviceState(): (state: string) => string {
  const { t } = useTranslation();
  return useCallback((state) => t(`device.${state}` as 'device.ok', { defaultValue: state }), [t]);
}
