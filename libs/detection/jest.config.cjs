module.exports = require('../../jest.preset.cjs')('detection');
