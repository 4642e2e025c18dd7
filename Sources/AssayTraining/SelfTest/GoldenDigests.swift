/// SHA-256 of the weights of every ``SmallTraining``, written by its test under `RECORD_GOLDEN=1`.
///
/// They change only with the arithmetic or the random numbers of the engine, and then *Numbers that
/// changed* in the changelog says so.
enum GoldenDigests {
  static let weights: [String: String] = [
    "fedavg":
      "856e0f4bfd5986820f742637c86ed54fbf6343d4f079fbe346536d2269cb5052",
    "fedsgd":
      "c632498cb9f5685239e1758dd75b288af696f346da9b87080c4848284a02c3f5",
    "fedprox":
      "7541bf6251043aee6775e1ba86279ab9e4d2bc1a74ee2730733e645f8821e9c3",
    "fedavgm":
      "2c0cc87110e746d3cf747e55782d8928b2a787d5b2021e71377e7de88da7c597",
    "fedadagrad":
      "64b6b7a342c84c00a37daa4680f02880bebf5958d8737f229e3577d3e75ba354",
    "fedadam":
      "ba6daaeac9b796e9436b2dda6c6308e11db7eecdd3eccfd1347dfbb50cf878fb",
    "fedyogi":
      "e0dfdd85dcaf17e8b84090986ffe1558e4c25e2356f38374e669c68df9aa753f",
    "scaffold":
      "8b043b502dadadcd82e4c8496efd2840f09d9a4172c23cd3d1bde269da34ad6f",
    "fednova":
      "5d923e4adb94f8203e5f53de2297c7fe6076ecc2e4b13c52fc74b971063047f9",
    "qfedavg":
      "ff5b2c2427986c97bb2f6253a8afdf67bdcfd75d74f09299f122b929e32bc593",
    "afl":
      "7045c82ad7f09fd6f3b622f77cbb7259d188bee0a1d937a41cb8a723a9a95618",
    "ditto":
      "3fe0f83266aee0f6cff2532f5adf92b79bc9dac1e74425486f84c455b19f1cb3",
    "fine-tuning":
      "1ccc3122e68faebff946bdacc0a21bc2bff55e5480483c9ca3e7fb0ca9a6b300",
    "median":
      "19c004b8f7da717ca3d57c84bc6669ac9eab8a46fcfc65e8bf25793fe3abed7e",
    "trimmed-mean":
      "7f2d0cdf0063d12c8f9bfc971322d31b5156e6dd8c5b05875385c6282e227fe3",
    "krum":
      "61408d661782a9d2029f8ae520721953ccd30e00761880ab2fea16625170123e",
    "multi-krum":
      "6db4e9a3de14d73a01bc76c8082ce0f6102c21cde9aefa97b326cf41a7f95636",
    "geometric-median":
      "953fc514aa2923882a6be682448c94111b7b56cecac7ab1fdb360014073c85e7",
    "fedbuff":
      "18b85cd32a4b0f7b30ab5effd10703564cd02ac8ae147c5ec47d16b1e80f8f5f",
    "centralized":
      "7c9e38851bdc8675891f2fa0d3202b65827e68b68ca5a10fbdcd3776720eed0e",
    "local":
      "b735da4b1132aeedf790753574e20d43a34945d182d19a0d5b31b9f6a392d478",
    "uniform weights":
      "62d14b5aec986f587d227acad7e4e356ae11848822999b5a9387d36e33222abd",
    "dropout":
      "2d803e9b16c3171cab6da6ec4d38fe878fb9df43b8fd9c3ffeeaf6eabf73c027",
    "8-bit quantisation":
      "09c32a9dc89ffbd9bed4bbda2bd836a748f441fc13f547001b32377ba18c4144",
    "1-bit quantisation":
      "91519901873c83f6576942eecf2c66395db2461e1646f311199ba170098aefa1",
    "top tenth":
      "bc351a3129660afd66080b4339c2465f4fe19a284465f9107a520c0272fe7ba2",
    "sign-flipping clients":
      "98f050e6d854fba11732ac20cfd3486b7b884993c56f8f49a69259e583a96571",
    "noisy clients":
      "56ffd6f4b7b8c97f12949dfc27c7a723c171471df83ac47d737f87e49ba18a3c",
    "private sum":
      "6beee96d4767ece8cfc03c2e02a1d9fb33fd7cfce8c138942b27b5aa097b6baa",
    "private tree":
      "895709692c43e3ec36f8b5797accc33f5020b04578666081c3afdee10796b92a",
    "local privacy":
      "5e2d60ee8fe0c32e42294df7bd92667ff132d627ebb03906a45be83ffe281e6b",
    "example-level privacy":
      "76ff5b84ce276946e62917b8e4c6044b60d27a522df80a6887843b229b2da14d",
    "squared error":
      "a2c6909cc4cba15365c99084899fd3a039a810a64e52cdd69fe2cfbf29100d82",
    "squared error, turned targets":
      "c373b2363d86bbba19e88eec291867f82d8d662bab3cc5fbe90e201c563e28f0",
    "squared error, example-level privacy":
      "7d561e9b255c46f12f3e68fb7535bd781660f39fd04e81ad216f2781ac31d073",
    "least squares":
      "151f76b6be469e8a05121d0ceb0c7b3d19123fc7d9bb830cbf41cd2112a16042",
  ]
}
