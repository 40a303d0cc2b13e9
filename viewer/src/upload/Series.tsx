/** To come. */
export function Series() {
  return <p>Series</p>;
}
