/** To come. */
export function Compare() {
  return <p>Compare</p>;
}
