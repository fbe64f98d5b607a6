package app

import (
	"net/url"
	"path"
	"regexp"
	"strings"
)

// judgeStores looks at what a file store would be refused for before it is made: only the functions that copy files
// hold what makes one.
func (c *Config) judgeStores(demand func(row string, ok bool, what string)) {
	fields := strings.SplitN(c.BlobToken.Reveal(), "_", 5)
	demand("BLOB_READ_WRITE_TOKEN", len(fields) == 5 && fields[3] != "" && fields[4] != "" && isGraphic(c.BlobToken.Reveal()),
		"is not of the form vercel_blob_rw_<store id>_<secret>")
	demand("S3_BUCKET", isBucketName(c.S3Bucket), "is no name of a bucket")
	demand("S3_ENDPOINT", !c.S3Endpoint.endsWith(c.S3Bucket), "ends with the bucket, which is added by itself")
	demand("S3_REGION", isGraphic(c.S3Region), "holds white space or unprintable characters")
	if !c.UsesS3() {
		return
	}
	for _, row := range []string{"S3_ENDPOINT", "S3_BUCKET", "S3_ACCESS_KEY_ID", "S3_SECRET_ACCESS_KEY"} {
		if !c.set[row] {
			c.missing(row, "is not set, while other S3_ variables are")
		}
	}
}

// endsWith reports whether a name is the last element of the URL's path.
func (b BaseURL) endsWith(name string) bool {
	u, err := url.Parse(string(b))
	return err == nil && path.Base(u.Path) == name
}

// isBucketName is a little more lenient than AWS, as the stores like it are.
func isBucketName(s string) bool {
	return bucketName.MatchString(s) && !fourNumbers.MatchString(s) &&
		!strings.Contains(s, "..") && !strings.Contains(s, ".-") && !strings.Contains(s, "-.")
}

var (
	bucketName  = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._:-]{1,61}[A-Za-z0-9]$`)
	fourNumbers = regexp.MustCompile(`^([0-9]+\.){3}[0-9]+$`)
)

// UsesS3 reports whether files go to an S3-compatible store: any variable of it is set. It goes before Vercel Blob.
func (c *Config) UsesS3() bool {
	for row := range c.set {
		if strings.HasPrefix(row, "S3_") {
			return true
		}
	}
	return false
}
