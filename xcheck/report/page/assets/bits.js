"use strict";
// Everything hangs on one name, so that a test (or a curious reader) can call any of it from the console.
const xcheck = {};

// Binary64 values as their bits, in BigInt: a JavaScript number would lose NaN payloads, and large distances.
xcheck.bits = (() => {
  const SIGN = 1n << 63n;
  const MAGNITUDE = SIGN - 1n;
  const INFINITE = 0x7ff0000000000000n;
  const FRACTION = (1n << 52n) - 1n;
  const view = new DataView(new ArrayBuffer(8));

  const magnitude = (bits) => bits & MAGNITUDE;
  const isNaN = (bits) => magnitude(bits) > INFINITE;
  const isFinite = (bits) => magnitude(bits) < INFINITE;

  // Whether two values count as the same: the same bits, or both NaN.
  const same = (a, b) => a === b || (isNaN(a) && isNaN(b));

  const hex = (bits) => "0x" + bits.toString(16).padStart(16, "0");

  // As Python's float.hex() writes it.
  function hexFloat(bits) {
    if (isNaN(bits)) return "nan";
    const sign = bits & SIGN ? "-" : "";
    if (!isFinite(bits)) return sign + "inf";
    const exponent = Number((bits >> 52n) & 0x7ffn);
    const fraction = bits & FRACTION;
    if (exponent === 0 && fraction === 0n) return sign + "0x0.0p+0";
    const digits = fraction.toString(16).padStart(13, "0");
    const power = exponent === 0 ? -1022 : exponent - 1023;
    return `${sign}0x${exponent === 0 ? 0 : 1}.${digits}p${power < 0 ? "-" : "+"}${Math.abs(power)}`;
  }

  function number(bits) {
    view.setBigUint64(0, bits);
    return view.getFloat64(0);
  }

  // The shortest decimal that reads back as the value.
  function decimal(bits) {
    const value = number(bits);
    if (Number.isNaN(value)) return "NaN";
    if (!Number.isFinite(value)) return value < 0 ? "-inf" : "inf";
    return Object.is(value, -0) ? "-0" : String(value);
  }

  // Keys in the order of the floats, -0.0 just below +0.0.
  const ordered = (bits) => (bits & SIGN ? bits ^ (SIGN | MAGNITUDE) : bits | SIGN);

  // How many values apart, null where a NaN or an infinity is involved.
  function ulp(a, b) {
    if (!isFinite(a) || !isFinite(b)) return null;
    const [x, y] = [ordered(a), ordered(b)];
    return x < y ? y - x : x - y;
  }

  // How many binary digits a distance has, 0 for none.
  const digits = (distance) => (distance === 0n ? 0 : distance.toString(2).length);

  // The power of two below a distance.
  const power = (distance) =>
    "2" + String(digits(distance) - 1).replace(/\d/g, (digit) => "⁰¹²³⁴⁵⁶⁷⁸⁹"[digit]);

  // A distance in few letters: exact while it means something.
  const short = (distance) => (distance < 1_000_000n ? grouped(distance) : `about ${power(distance)}`);

  const grouped = (integer) => String(integer).replace(/\B(?=(\d{3})+$)/g, ",");

  return { isNaN, isFinite, same, hex, hexFloat, number, decimal, ulp, digits, power, short, grouped };
})();
