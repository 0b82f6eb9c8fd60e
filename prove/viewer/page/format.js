// Numbers as they are read: always as many digits, so that columns line up; a real minus sign.

export function fixed(value, digits = 3) {
  if (value === null || value === undefined) return "–";
  return value.toFixed(digits).replace("-", "−").replace(/^−(0\.?0*)$/, "$1");
}

export function signed(value, digits = 2) {
  if (value === null || value === undefined) return "–";
  const text = fixed(value, digits);
  return value > 0 && Number(value.toFixed(digits)) !== 0 ? `+${text}` : text;
}

export function percent(share) {
  return Number.isFinite(share) ? `${(100 * share).toFixed(0)} %` : "–";
}

export function count(number, one, many = `${one}s`) {
  return `${number.toLocaleString("en")} ${number === 1 ? one : many}`;
}

export function mean(values) {
  let sum = 0;
  let known = 0;
  for (const value of values) {
    if (value === null || value === undefined) continue;
    sum += value;
    known += 1;
  }
  return known ? sum / known : null;
}
