/** To come. */
export function Upload() {
  return <p>Upload</p>;
}
