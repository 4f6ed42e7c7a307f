package triggers

// vectors are signatures of vectorBody under key-1, by what is signed.
var vectors = map[string]string{
	"body":          "91d13e6f1081095ae95076b5a4424c10445e462dee8ec4ee28110eac8ecd433b",
	"dot":           "9c7a5de86935d37ccd4d33af4b8749528f5e174f75883d9a909951b65493e15e",
	"colon":         "383a915c8129ea2d1a42421289887751c7dba617c21d5259e7bee916379bb7a5",
	"slack":         "3d3d861f0a2f1a526c9aca4e973c70ee03f29dee25bf1b3de5f930921ddc9f3d",
	"standard":      "qImS119/ui8y/oHXYnVkDo8/uKXVokYma0wkYnXaq5M=",
	"sha1":          "3f4b0a7054309e0f50ebe933b25f477933bf435b",
	"sha512-base64": "GaBf1vHy54q5/X7bRfZEK5kaPJZprg3EiT55Pqh7KZUSzCExAas+oiIkZJVrsOmpLWktR+IgbWO38bBOTakn6Q==",
}
