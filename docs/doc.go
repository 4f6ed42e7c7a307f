// Package docs is the documentation for users. Its pages are Markdown; what stands in them between
// <!-- generated:NAME --> and <!-- end --> is made of the code by internal/reference. The package's tests hold the
// pages to the code: blocks of YAML are loaded, links are followed, and the tutorial is carried out.
package docs

//go:generate go run ../internal/reference . ../helm/ifsev/values.schema.json
