const ECR_IMAGE_PATTERN =
  /^\d{12}\.dkr[.-]ecr(-fips)?\.[a-z0-9-]+\.(amazonaws\.(com(\.cn)?|eu)|on\.aws|on\.amazonwebservices\.com\.cn)\//;

/** Returns true if the image is in a private repository of Amazon ECR. */
export function isEcrImage(image: string): boolean {
  return ECR_IMAGE_PATTERN.test(image);
}
