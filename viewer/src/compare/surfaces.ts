import { bytes } from "../api/client";
import { Unreadable } from "./fetching";
import { AXES, type Point, cross, minus } from "./grid";

/** A surface in LPS millimetres, and at each vertex how far it has moved since the surface before. */
export interface Surface {
  readonly points: Float32Array;
  /** Millimetres, outwards positive; 0 where there was no surface before. */
  readonly growth_mm: Float32Array;
  /** Three vertices a triangle. */
  readonly triangles: Uint32Array;
}

/** A mesh with more is refused: a drawing of a tumour needs thousands. */
const VERTICES_MAX = 2_000_000;

/** Reads a surface as the node writes it: counts, points, growth, triangles; little endian. */
export function parse(data: ArrayBuffer): Surface {
  if (data.byteLength < 8) throw new Unreadable();
  const [vertices, count] = new Uint32Array(data, 0, 2) as unknown as [number, number];
  const length = 8 + vertices * 16 + count * 12;
  if (vertices > VERTICES_MAX || data.byteLength !== length) throw new Unreadable();
  const triangles = new Uint32Array(data, 8 + vertices * 16, count * 3);
  if (triangles.some((vertex) => vertex >= vertices)) throw new Unreadable();
  return {
    points: new Float32Array(data, 8, vertices * 3),
    growth_mm: new Float32Array(data, 8 + vertices * 12, vertices),
    triangles,
  };
}

/** The way out at each vertex, from the triangles around it: what makes a surface look smooth. */
export function normals({ points, triangles }: Surface): Float32Array {
  const sums = new Float32Array(points.length);
  const at = (vertex: number): Point => [points[vertex] ?? 0, points[vertex + 1] ?? 0, points[vertex + 2] ?? 0];
  for (let corner = 0; corner < triangles.length; corner += 3) {
    const [a, b, c] = [0, 1, 2].map((one) => (triangles[corner + one] ?? 0) * 3) as [number, number, number];
    const out = cross(minus(at(b), at(a)), minus(at(c), at(a)));
    for (const vertex of [a, b, c]) AXES.forEach((axis) => (sums[vertex + axis] = (sums[vertex + axis] ?? 0) + out[axis]));
  }
  for (let vertex = 0; vertex < sums.length; vertex += 3) {
    const length = Math.hypot(sums[vertex] ?? 0, sums[vertex + 1] ?? 0, sums[vertex + 2] ?? 0) || 1;
    AXES.forEach((axis) => (sums[vertex + axis] = (sums[vertex + axis] ?? 0) / length));
  }
  return sums;
}

/** Fetches a surface. */
export async function surface(href: string, signal: AbortSignal): Promise<Surface> {
  const response = await bytes(href, { signal });
  return parse(await response.arrayBuffer());
}
