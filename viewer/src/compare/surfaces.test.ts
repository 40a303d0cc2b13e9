import { expect, test } from "vitest";
import { normals, parse } from "./surfaces";

/** One triangle, written as the node writes it. */
function triangle(corner: number): ArrayBuffer {
  const data = new DataView(new ArrayBuffer(8 + 3 * 16 + 12));
  data.setUint32(0, 3, true);
  data.setUint32(4, 1, true);
  [0, 0, 0, 10, 0, 0, 0, 10, 0, 0.5, -0.25, 0].forEach((value, at) => data.setFloat32(8 + at * 4, value, true));
  [0, 1, corner].forEach((vertex, at) => data.setUint32(8 + 48 + at * 4, vertex, true));
  return data.buffer;
}

test("points, growth and triangles are read", () => {
  const { points, growth_mm, triangles } = parse(triangle(2));
  expect([...points]).toEqual([0, 0, 0, 10, 0, 0, 0, 10, 0]);
  expect([...growth_mm]).toEqual([0.5, -0.25, 0]);
  expect([...triangles]).toEqual([0, 1, 2]);
});

test("a surface that is cut short or points beyond its vertices is refused", () => {
  expect(() => parse(triangle(2).slice(0, -1))).toThrow("unreadable");
  expect(() => parse(triangle(3))).toThrow("unreadable");
  expect(() => parse(new ArrayBuffer(4))).toThrow("unreadable");
});

test("the way out of a flat surface stands upright on it", () => {
  expect([...normals(parse(triangle(2)))]).toEqual([0, 0, 1, 0, 0, 1, 0, 0, 1]);
});
