import { useMemo } from 'react';
import type { AlertItem } from '../api/types.ts';

/** The clinics that one can choose: those of the alerts read so far. */
export function useClinicOptions(items: readonly AlertItem[]): { value: string; label: string }[] {
  return useMemo(() => {
    const names = new Map(items.map((item) => [item.clinic.code, item.clinic.name]));
    return [...names].map(([value, name]) => ({ value, label: `${name} ${value}` }));
  }, [items]);
}
