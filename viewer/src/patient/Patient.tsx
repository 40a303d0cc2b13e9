/** To come. */
export function Patient() {
  return <p>Patient</p>;
}
