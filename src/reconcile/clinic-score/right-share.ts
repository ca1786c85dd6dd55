/**
 * How probable it is that at least half of the money named is fraud, when each settlement is with its own probability,
 * independently. Exact up to 12 settlements; beyond, by the normal distribution.
 */
export function rightShareOf(named: readonly { readonly p: number; readonly weight: number }[]): number {
  const total = named.reduce((sum, { weight }) => sum + weight, 0);
  const items = total > 0 ? named : named.map(({ p }) => ({ p, weight: 1 }));
  const half = (total > 0 ? total : items.length) / 2;
  if (items.length === 0) return 0;
  if (items.length <= 12) {
    let right = 0;
    for (let set = 0; set < 2 ** items.length; set++) {
      let chance = 1;
      let money = 0;
      items.forEach(({ p, weight }, i) => {
        const isFraud = ((set >> i) & 1) === 1;
        chance *= isFraud ? p : 1 - p;
        if (isFraud) money += weight;
      });
      if (money >= half) right += chance;
    }
    return right;
  }
  const mean = items.reduce((sum, { p, weight }) => sum + p * weight, 0);
  const variance = items.reduce((sum, { p, weight }) => sum + p * (1 - p) * weight ** 2, 0);
  return variance === 0 ? Number(mean >= half) : normalBelow((mean - half) / Math.sqrt(variance));
}

/** The standard normal distribution, to 1e-7 (Abramowitz & Stegun 26.2.17). */
function normalBelow(z: number): number {
  const t = 1 / (1 + 0.2316419 * Math.abs(z));
  const series = t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  const tail = (Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI)) * series;
  return z >= 0 ? 1 - tail : tail;
}
