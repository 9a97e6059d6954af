module quorumsign.test/certs

go 1.21
